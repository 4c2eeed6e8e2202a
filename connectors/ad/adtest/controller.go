package adtest

import "time"

// Set changes settings.
func (d *Domain) Set(change func(*Settings)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.settings)
}

// AfterPart calls do after each answer with a part of a group's members: with the group
// and the number of the first of them. do may change the domain.
func (d *Domain) AfterPart(do func(group ID, first int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.afterPart = do
}

// After calls do after each answer to a search; Base is empty for the server itself. do
// may change the domain.
func (d *Domain) After(do func(Query)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after = do
}

// Searches returns how many searches came so far.
func (d *Domain) Searches() int { return d.server.Searches() }

// Cut closes every connection that is open.
func (d *Domain) Cut() { d.server.Cut() }

// SetClock makes the domain controller live at another time.
func (d *Domain) SetClock(now func() time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = now
}

// Restore gives the domain controller another database, as a restore from a backup does.
func (d *Domain) Restore() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	d.Invocation = idOf(-1 - d.made)
}

// Rewind sets the update sequence number back by n, as a copy of the virtual machine
// does that nobody told the domain controller of.
func (d *Domain) Rewind(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.usn -= n
}

// MoveTo lets another domain controller answer from now on.
func (d *Domain) MoveTo(controller string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.controller = controller
	d.add(d.settingsDN(), &object{attributes: class("nTDSDSA")})
}

// MoveSite puts the domain controller into another site, which is part of its name.
func (d *Domain) MoveSite(site string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.site = site
	d.add(d.settingsDN(), &object{attributes: class("nTDSDSA")})
}

// Found replaces the domain by another one of the same name.
func (d *Domain) Found() {
	d.mu.Lock()
	defer d.mu.Unlock()
	root := d.objects[0]
	delete(d.byID, root.id)
	d.made++
	root.id = idOf(d.made)
	d.byID[root.id] = root
}
