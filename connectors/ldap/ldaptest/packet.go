package ldaptest

import (
	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

func decode(packet *ber.Packet) Search {
	op := packet.Children[1]
	scope, _ := op.Children[1].Value.(int64)
	s := Search{Base: text(op.Children[0]), Scope: int(scope), Filter: op.Children[6], Controls: map[string][]byte{}}
	for _, a := range op.Children[7].Children {
		s.Attributes = append(s.Attributes, text(a))
	}
	if len(packet.Children) < 3 {
		return s
	}
	for _, control := range packet.Children[2].Children {
		var value []byte
		if last := control.Children[len(control.Children)-1]; len(control.Children) > 1 && last.Tag == ber.TagOctetString {
			value = last.Data.Bytes()
		}
		s.Controls[text(control.Children[0])] = value
		if decoded, err := goldap.DecodeControl(control); err == nil {
			if page, ok := decoded.(*goldap.ControlPaging); ok {
				s.Page = page
			}
		}
	}
	return s
}

// text returns the bytes of a primitive element.
func text(p *ber.Packet) string { return p.Data.String() }

// message wraps op. A packet takes the bytes of a child when the child is added, so
// that everything is built from the inside out.
func message(id int64, parts ...*ber.Packet) *ber.Packet {
	return sequence(append([]*ber.Packet{ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, "")}, parts...)...)
}

func application(tag ber.Tag, children ...*ber.Packet) *ber.Packet {
	return of(ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, ""), children...)
}

func sequence(children ...*ber.Packet) *ber.Packet {
	return of(ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, ""), children...)
}

func of(p *ber.Packet, children ...*ber.Packet) *ber.Packet {
	for _, c := range children {
		p.AppendChild(c)
	}
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// somebody is the text beside the result code of a search. It must not reach an error.
const somebody = "somebody@example.com was here"

// A done is the end of an answer.
type done struct {
	tag        ber.Tag
	code       uint16
	diagnostic string
	controls   []goldap.Control
}

func result(id int64, d done) *ber.Packet {
	end := application(d.tag, ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(d.code), ""), octets(""), octets(d.diagnostic))
	if len(d.controls) == 0 {
		return message(id, end)
	}
	list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	for _, c := range d.controls {
		list.AppendChild(c.Encode())
	}
	return message(id, end, list)
}

func (e Entry) packet(id int64) *ber.Packet {
	attributes := sequence()
	for name, values := range e.Attributes {
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		attributes.AppendChild(sequence(octets(name), set))
	}
	return message(id, application(goldap.ApplicationSearchResultEntry, octets(e.DN), attributes))
}
