package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// openStore opens the database. A master key that is lost or wrong does not
// keep the gateway from serving: nothing is recorded, and it says what to do.
func (a *app) openStore(ctx context.Context) (err error) {
	a.recorder, err = recorder.Open(ctx, recorder.Options{Folder: a.settings.Data, MasterKey: a.settings.MasterKeyFile, Sign: soundSigner(a.settings.Data)})
	if err != nil {
		return fmt.Errorf("the database in %s cannot be used: %w", a.settings.Data, err)
	}
	return nil
}

// openDirectory makes the directory of tenants: those of the file, or the
// demonstration, and those of the database. own are the origins of the
// gateway's own page.
func (a *app) openDirectory(ctx context.Context, own []string) (err error) {
	if a.directory, err = tenant.NewDirectory(nil); err != nil {
		return err
	}
	a.directory.SetOwn(own)
	if err := beginRegisters(ctx, a.recorder); err != nil {
		return err
	}
	tenants := a.settings.Tenants
	if a.demo != nil {
		if err := a.demo.store(ctx, a.recorder); err != nil {
			return err
		}
		tenants = []tenant.Tenant{a.demo.Tenant}
	} else if err := storeFile(ctx, a.recorder, tenants); err != nil {
		return err
	}
	if err := a.directory.Replace(tenants); err != nil {
		return err
	}
	unusable, err := look(ctx, a.directory, source{a.recorder}, nil)
	if err != nil {
		return err
	}
	if unusable != nil {
		a.log.Warn("the database does not answer, or holds a document that cannot be used", "kept", "the-former-one")
		fmt.Fprintln(a.out, unusable)
	}
	for _, t := range a.directory.Tenants() {
		a.prepare(ctx, t)
	}
	return nil
}

// look takes in what the database has now. A document in it that cannot be
// used concerns its tenant alone, so it is no error.
func look(ctx context.Context, d *tenant.Directory, from tenant.Source, changed func(before, after *tenant.Tenant)) (unusable, err error) {
	asked := time.Now()
	err = d.Load(ctx, from, changed)
	if err != nil && !d.Confirmed().Before(asked) {
		return err, nil // the database did answer
	}
	return nil, err
}

// prepare makes a tenant's pseudonyms possible. Without its keys there are
// none, and nothing is recorded either.
func (a *app) prepare(ctx context.Context, t *tenant.Tenant) {
	if err := a.recorder.PreparePseudonyms(ctx, t.ID); err != nil {
		a.log.Warn("the key for pseudonyms cannot be read", "tenant", t.ID)
	}
}

// hireAll casts every avatar, so that what is wrong with one shows at the
// start.
func (a *app) hireAll() error {
	var wrong []error
	all := a.directory.Tenants()
	for _, t := range all {
		wrong = append(wrong, a.company.hire(t))
	}
	if err := errors.Join(wrong...); err != nil || len(all) == 0 {
		return err
	}
	a.lines = a.company.describe(all[0])
	return nil
}

// storeFile makes a version in the database of every tenant whose document in
// the file is not the one that was there last: so a file's changes have a
// number, a time and a fact like all others.
func storeFile(ctx context.Context, r *recorder.Recorder, tenants []tenant.Tenant) error {
	for i := range tenants {
		t := &tenants[i]
		_, err := r.Tenant(ctx, t.ID)
		first := errors.Is(err, recorder.ErrUnknown)
		if err := storeVersion(ctx, r, t, tenant.SourceFile); err != nil {
			return err
		}
		// They are no part of the document, and count from now on: first it is
		// noted that they are there.
		var keys []recorder.FileKey
		for i := range t.Keys {
			k := &t.Keys[i]
			keys = append(keys, recorder.FileKey{ID: k.FactID(), Role: k.Role.String(), Expires: k.Expires})
		}
		if err := r.FollowFileKeys(ctx, t.ID, keys, first); err != nil {
			return err
		}
	}
	return nil
}

func storeVersion(ctx context.Context, r *recorder.Recorder, t *tenant.Tenant, from string) error {
	document, err := tenant.Document(t)
	if err != nil {
		return err
	}
	last, err := r.Tenant(ctx, t.ID)
	switch {
	case errors.Is(err, recorder.ErrUnknown):
		last = recorder.Tenant{}
	case err != nil:
		return err
	case last.Source == from && bytes.Equal(last.Document, document):
		return nil
	case last.Source != from && last.Source != tenant.SourceDemo:
		return fmt.Errorf("the tenant %q is in the database already; take it out of the file, or end the one in the database (mayfly tenant remove)", t.ID)
	}
	change := recorder.Change{
		Tenant: t.ID, Base: last.Number, Source: from, Document: document, Hash: tenant.DocumentHash(document),
		Recording: t.Recording(), Sound: t.SoundRecording(), Permissions: permissions(t), Register: registerOf(t),
		Urgent: from != tenant.SourceStore, // a gateway starts on a full disk too
	}
	fact := session.Fact{Kind: session.TenantChanged, Before: last.Number, Policy: last.Number + 1, Hash: change.Hash}
	if last.Number == 0 {
		fact.Kind = session.TenantAdded
	}
	change.Facts = append(change.Facts, fact)
	var before *tenant.Tenant
	if last.Number != 0 {
		before, _ = tenant.ParseDocument(last.Document) // a rule of today that it breaks: it allowed nothing
	}
	switched, _, _ := tenant.RecordingFacts(before.Recording(), change.Recording, session.ID{}, last.Number+1)
	change.Facts = append(change.Facts, switched...)
	sound, _ := tenant.SoundFacts(before.SoundRecording(), change.Sound, session.ID{}, last.Number+1)
	change.Facts = append(change.Facts, sound...)
	change.Facts = append(change.Facts, tenant.DisclosureFacts(before, t, time.Now(), session.ID{}, last.Number+1)...)
	change.Facts = append(change.Facts, tenant.RecipientFacts(before, t, session.ID{}, last.Number+1)...)
	_, err = r.ChangeTenant(ctx, change)
	if errors.Is(err, recorder.ErrExists) && last.Number == 0 {
		return fmt.Errorf("the tenant %q was ended, and its id is not given again; give this one another id", t.ID)
	}
	return err
}

// store puts the demonstration's document into the database, where it can be
// changed on the admin page. What answers and speaks is as this process was
// told; the rest stays as it was changed.
func (d *demo) store(ctx context.Context, r *recorder.Recorder) error {
	t := d.Tenant
	last, err := r.Tenant(ctx, t.ID)
	if err == nil && last.Source == tenant.SourceDemo {
		if kept, err := tenant.ParseDocument(last.Document); err == nil {
			for i := range kept.Avatars {
				kept.Avatars[i].Microphone = kept.Avatars[i].Microphone || t.Avatars[0].Microphone
				kept.Avatars[i].BackEnd, kept.Avatars[i].Speech, kept.Avatars[i].Transcriber = t.Avatars[0].BackEnd, t.Avatars[0].Speech, t.Avatars[0].Transcriber
			}
			t = *kept
		}
	}
	t.Keys, t.Origins = nil, nil
	return storeVersion(ctx, r, &t, tenant.SourceDemo)
}

// troubleEvery is how often it is said that the tenants cannot be followed.
const troubleEvery = time.Minute

// fileEvery is how often the configuration file is looked at.
const fileEvery = 2 * time.Second

// follow keeps the directory up to date with the database and the file.
func (a *app) follow() {
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		said := time.Now() // what is wrong at the start was said then
		a.directory.Follow(ctx, source{a.recorder}, tenant.PollEvery, a.changed, func(error) {
			if now := time.Now(); now.Sub(said) >= troubleEvery {
				said = now
				a.log.Warn("the database does not answer, or holds a document that cannot be used", "kept", "the-former-one")
			}
		})
	})
	if a.settings.Config != "" {
		work.Go(func() { a.watchFile(ctx) })
	}
	work.Go(func() {
		a.recorder.Run(ctx, func(error) { a.log.Error("what is due could not be deleted", "stage", "sweep") })
	})
	work.Go(func() { a.teller.Run(ctx) })
	work.Go(func() { a.incidents.run(ctx) })
	work.Go(func() { tellTrouble(ctx, a.log, a.recorder.Trouble, time.Second) })
	for _, c := range a.siem {
		work.Go(func() { c.Run(ctx) })
	}
	a.unfollow = func() {
		stop()
		work.Wait()
	}
}

// changed is told of every tenant that is not as it was.
func (a *app) changed(before, after *tenant.Tenant) {
	t := after
	if t == nil {
		t = before
	} else {
		a.prepare(context.Background(), t)
	}
	a.gateway.Narrow(t.ID, nil)
	a.company.follow(t.ID, after)
}

// refresh makes the directory see what the database has now.
func (a *app) refresh(ctx context.Context) error {
	_, err := look(ctx, a.directory, source{a.recorder}, a.changed)
	return err
}

// watchFile reads the configuration again when it has changed: its content,
// since a folder that is swapped as a whole leaves no other sign that is sure.
func (a *app) watchFile(ctx context.Context) {
	last := hashFile(a.settings.Config)
	tick := time.NewTicker(fileEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := hashFile(a.settings.Config); now != last {
			last = now
			a.reread()
		}
	}
}

func hashFile(path string) (sum [sha256.Size]byte) {
	if data, err := os.ReadFile(path); err == nil {
		sum = sha256.Sum256(data)
	}
	return sum
}

// reread takes in the tenants of the configuration file. One with a mistake
// changes nothing; the mistakes are printed as at the start. What concerns the
// process (addresses, certificates) is read at the start only.
func (a *app) reread() {
	if a.settings.Config == "" {
		return
	}
	a.rereading.Lock()
	defer a.rereading.Unlock()
	if err := a.takeFile(); err != nil {
		a.log.Error("the configuration file was not taken in", "kept", "the-former-one")
		fmt.Fprintln(a.out, err)
		return
	}
	a.log.Info("the configuration file was read again")
}

func (a *app) takeFile() error {
	file, err := readConfig(a.settings.Config)
	if err != nil {
		return err
	}
	if (len(file.Tenants) == 0) != (len(a.settings.Tenants) == 0) {
		return errors.New("the demonstration and tenants of a file do not follow each other while the gateway runs; start it again")
	}
	rules, err := a.rulesOf(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	before := map[string]*tenant.Tenant{}
	for _, t := range a.directory.Tenants() {
		before[t.ID] = t
	}
	for i := range file.Tenants {
		// What cannot be cast is found before anything is changed.
		if err := a.company.try(&file.Tenants[i]); err != nil {
			return err
		}
	}
	// The version comes first: what it forbids is forbidden from then on.
	if err := storeFile(ctx, a.recorder, file.Tenants); err != nil {
		return err
	}
	if rules, err = a.noteRules(ctx, rules); err != nil {
		return err
	}
	a.oidc.SetRules(rules)
	if err := a.directory.Replace(file.Tenants); err != nil {
		return err
	}
	if err := a.refresh(ctx); err != nil {
		return err
	}
	for id, old := range before {
		if now := a.directory.Tenant(id); now != old {
			a.changed(old, now)
		}
	}
	return nil
}
