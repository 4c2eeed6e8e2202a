package main

import "writersync/connectors"

// census is a Sink that counts.
type census struct {
	k                      *checker
	source                 string
	noEmail, twins, faults int
	unusable               int // active users with a value that cannot be used
	outside                int // of writer.domains
}

// User implements connectors.Sink.
func (s *census) User(u connectors.User) error {
	mail := connectors.CanonicalEmail(u.Email)
	if u.Status != connectors.StatusDisabled && len(u.Unusable) > 0 {
		s.unusable++
	}
	if s.k.mails == nil {
		s.k.mails = map[string]string{}
	}
	if mail != "" && mail == s.k.canary {
		s.k.canaryOf = s.source
	}
	switch {
	case u.Fault != "":
		s.faults++
	case u.Status == connectors.StatusDisabled:
	case mail == "":
		s.noEmail++
	case s.k.mails[mail] == s.source || (s.k.mails[mail] != "" && s.k.cfg.People.Join == ""):
		s.twins++ // where people are joined, one of another source may be the same person
	default:
		s.k.mails[mail] = s.source
		if !s.k.claimed(mail) {
			s.outside++
		}
	}
	return nil
}

// Group implements connectors.Sink.
func (s *census) Group(g connectors.Group) error {
	s.k.groups = append(s.k.groups, group{connectors.Ref{Source: s.source, ID: g.ID}, g.Name})
	return nil
}
