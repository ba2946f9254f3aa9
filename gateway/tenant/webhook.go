package tenant

import (
	"net/netip"
	"net/url"
	"slices"

	"mayfly/session"
)

// Webhook is where a tenant is told what happens, without a word that was said.
type Webhook struct {
	URL   *url.URL
	Kinds []string // names of facts
}

// WebhookKinds are the facts that a tenant can be told of: all that its own log
// can hold.
func WebhookKinds() []string {
	var all []string
	for _, k := range session.FactKinds() {
		switch k {
		case session.GatewayStarted, session.GatewayStopped, session.Swept, session.MasterKeyRotated,
			session.BackedUp, session.ReceiptKeyRotated, session.DrillRun, session.WebhookGivenUp: // of the gateway's own log, or told anyway
		default:
			all = append(all, k.String())
		}
	}
	return all
}

func webhookTable() table[Webhook] {
	return table[Webhook]{
		one("url", text("URL, https", readWebhook), required, "Where the facts are sent, with POST. In the configuration file it may be on this machine or a private network.", func(w *Webhook) **url.URL { return &w.URL }),
		many("kinds", factName(), 100, required, "Which facts, by their names in the audit log.", func(w *Webhook) *[]string { return &w.Kinds }),
	}
}

// factName is the name of a fact that a tenant can be told of.
func factName() kind[string] {
	return text("name of a fact, as `session_ended`", func(_ *reader, s string) (string, error) {
		known := WebhookKinds()
		if slices.Contains(known, s) {
			return s, nil
		}
		if near := nearest(s, known); near != "" {
			return "", fault("there is no such fact", "did you mean "+near+"?")
		}
		return "", fault("there is no such fact", "use names as session_started and session_ended; the page about export lists them")
	})
}

func readWebhook(r *reader, s string) (*url.URL, error) {
	u, err := ParseBackEnd(s)
	if err != nil {
		return nil, err
	}
	if r.stored {
		return u, outside(u)
	}
	return u, nil
}

// outside says what keeps an address out of the database: that it may be of
// this machine or a private network. Where its name leads is looked at when it
// is dialled.
func outside(u *url.URL) error {
	if u.Scheme != "https" {
		return fault("this is not https", "use https; a receiver on this machine can only stand in the configuration file")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || Loopback(u.Hostname()) {
		return fault("this is the address of a machine", "write the name that its certificate has; an address can only stand in the configuration file")
	}
	return nil
}

func checkWebhook(r *reader, path string, w *Webhook) {
	if _, tried := r.at[under(path, "kinds")]; tried && len(w.Kinds) == 0 {
		r.mistakeOnce(under(path, "kinds"), fault("there is no kind of fact", "name at least one, as session_ended, or leave webhook out"))
	}
	slices.Sort(w.Kinds)
}

func (w *Webhook) document() object {
	return object{"url": w.URL.String(), "kinds": w.Kinds}
}
