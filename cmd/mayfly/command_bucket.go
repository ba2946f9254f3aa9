package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"mayfly/gateway/s3"
	"mayfly/recorder"
	"mayfly/recorder/export"
)

// bucketFlags are `mayfly export --to`.
type bucketFlags struct {
	To          string `placeholder:"s3://BUCKET/PREFIX" shown:"none" help:"Where to: a bucket of the tenant, or webhook: its receiver. Everything is sealed to the tenant's public key before it leaves."`
	Endpoint    string `placeholder:"URL" shown:"none" help:"The server of the bucket, such as https://s3.eu-central-1.amazonaws.com."`
	Region      string `placeholder:"REGION" default:"us-east-1" shown:"us-east-1" help:"The region of the bucket."`
	Credentials string `placeholder:"FILE" shown:"none" help:"The access key and its secret, as other programs have them: lines of aws_access_key_id and aws_secret_access_key."`
	Recipient   string `placeholder:"age1..." shown:"none" help:"The tenant's public key, of age-keygen. Only who has its other half can open what is sent."`
	Private     bool   `shown:"off" help:"Let the server be on this machine or in a private network."`
}

// toReceiver is --to for the receiver in the tenant's document.
const toReceiver = "webhook"

// bucketAsked is a bucket and how to get in, or the tenant's receiver.
type bucketAsked struct {
	Receiver  bool   `json:"receiver,omitempty"`
	Endpoint  string `json:"endpoint"`
	Region    string `json:"region"`
	Bucket    string `json:"bucket"`
	Prefix    string `json:"prefix"`
	ID        string `json:"access_key_id"`
	Secret    string `json:"secret_access_key"`
	Recipient string `json:"recipient"`
	Private   bool   `json:"private"`
}

// bucket reads what the flags name. The secret goes over the socket of the
// gateway and no further.
func (b *bucketFlags) bucket() (*bucketAsked, error) {
	if b.To == toReceiver {
		switch {
		case b.Endpoint != "" || b.Credentials != "" || b.Private:
			return nil, errors.New("the receiver's address stands in the tenant's document: leave --endpoint, --credentials and --private out")
		case b.Recipient == "":
			return nil, errors.New("a receiver needs --recipient; see mayfly export --help")
		}
		if _, err := export.ParseRecipient(b.Recipient); err != nil {
			return nil, fmt.Errorf("--recipient: %w", err)
		}
		return &bucketAsked{Receiver: true, Recipient: b.Recipient}, nil
	}
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(b.To, "s3://"), "/")
	if !strings.HasPrefix(b.To, "s3://") || bucket == "" {
		return nil, fmt.Errorf("--to %s is no bucket; write s3://BUCKET/PREFIX, or webhook for the tenant's receiver", printable(b.To))
	}
	for flag, value := range map[string]string{"--endpoint": b.Endpoint, "--credentials": b.Credentials, "--recipient": b.Recipient} {
		if value == "" {
			return nil, fmt.Errorf("a bucket needs %s; see mayfly export --help", flag)
		}
	}
	if _, err := export.ParseRecipient(b.Recipient); err != nil {
		return nil, fmt.Errorf("--recipient: %w", err)
	}
	text, err := readBounded(b.Credentials, 64<<10)
	if err != nil {
		return nil, err
	}
	id, secret := credentialIn(string(text))
	clear(text)
	if id == "" || secret == "" {
		return nil, fmt.Errorf("%s holds no access key: write a line aws_access_key_id = ... and a line aws_secret_access_key = ... into it", printable(b.Credentials))
	}
	return &bucketAsked{
		Endpoint: b.Endpoint, Region: b.Region, Bucket: bucket, Prefix: strings.Trim(prefix, "/"), ID: id, Secret: secret,
		Recipient: b.Recipient, Private: b.Private,
	}, nil
}

// credentialIn is the access key in a file of credentials: what stands under
// [default], or under no head at all.
func credentialIn(text string) (id, secret string) {
	counts := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			counts = line == "[default]"
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || !counts {
			continue
		}
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			id = strings.TrimSpace(value)
		case "aws_secret_access_key":
			secret = strings.TrimSpace(value)
		}
	}
	return id, secret
}

// exportSealed sends to a bucket, or to the tenant's receiver, what only the
// tenant can open.
func (o *operator) exportSealed(ctx context.Context, b *bucketAsked, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error) {
	to, err := export.ParseRecipient(b.Recipient)
	if err != nil {
		return recorder.Transfer{}, err
	}
	if b.Receiver {
		return o.exportReceived(ctx, b, to, q, progress)
	}
	bucket, err := s3.Open(s3.Options{
		Endpoint: b.Endpoint, Region: b.Region, Bucket: b.Bucket, Prefix: b.Prefix, Credential: s3.NewCredential(b.ID, b.Secret), Private: b.Private, Now: time.Now, Watch: o.watcher(),
	})
	if err != nil {
		return recorder.Transfer{}, err
	}
	defer bucket.Close()
	return o.recorder.ExportSealed(ctx, q, mover(ctx), bucket, to, o.sentFile(b, q.Tenant), progress)
}

// errNotRunning means that nobody can sign what a receiver gets.
var errNotRunning = errors.New("the gateway does not run, and its key signs what a receiver gets: start it, or export to a folder or a bucket")

// exportReceived sends to the receiver in the tenant's document.
func (o *operator) exportReceived(ctx context.Context, b *bucketAsked, to export.Recipient, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error) {
	t := o.directory.Tenant(q.Tenant)
	if o.teller == nil || t == nil {
		return recorder.Transfer{}, errNotRunning
	}
	files, err := o.teller.Files(t)
	if err != nil {
		return recorder.Transfer{}, err
	}
	place := *b
	place.Bucket, place.Endpoint = toReceiver, t.Webhook.URL.String()
	return o.recorder.ExportSealed(ctx, q, mover(ctx), files, to, o.sentFile(&place, q.Tenant), progress)
}

// sentFile is where it is kept what of an export was sent: another for each
// tenant, place and key.
func (o *operator) sentFile(b *bucketAsked, tenant string) string {
	hash := sha256.Sum256([]byte(strings.Join([]string{tenant, strings.TrimSuffix(b.Endpoint, "/"), b.Bucket, b.Prefix, b.Recipient}, "\n")))
	return filepath.Join(o.data, "export-"+hex.EncodeToString(hash[:8])+".jsonl")
}
