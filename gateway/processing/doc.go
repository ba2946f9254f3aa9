// Package processing makes a tenant's record of processing activities (GDPR,
// article 30) from the configuration in force. Nobody writes it: a change of
// the configuration changes it, and a setting that it should tell and does not
// fails a test.
package processing
