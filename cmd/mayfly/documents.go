package main

import (
	"context"
	"errors"
	"fmt"

	"mayfly/gateway/admin"
	"mayfly/gateway/knowledge"
	"mayfly/recorder"
	"mayfly/session"
)

// documentLimits bound what is stored for one avatar.
var documentLimits = recorder.DocumentLimits{Documents: knowledge.MaxDocuments, Size: knowledge.MaxStored, Words: knowledge.MaxWords, Text: knowledge.MaxBytes}

// storedDocuments gives what an avatar's knowledge is made from of the
// documents that are stored for it.
func storedDocuments(r *recorder.Recorder, tenantID, avatarID string) func(context.Context) ([]knowledge.Stored, error) {
	return func(ctx context.Context) (all []knowledge.Stored, err error) {
		docs, err := r.Documents(ctx, tenantID, avatarID)
		for _, d := range docs {
			all = append(all, knowledge.Stored{Name: d.Name, Sum: d.Hash, Read: func(ctx context.Context) ([]byte, error) {
				return r.ReadDocument(ctx, tenantID, avatarID, d.Name)
			}})
		}
		return all, err
	}
}

// Documents implements admin.Documents.
func (s adminStore) Documents(ctx context.Context, tenantID, avatar string) (out []admin.Document, err error) {
	all, err := s.Recorder.Documents(ctx, tenantID, avatar)
	for _, d := range all {
		out = append(out, admin.Document{Name: d.Name, At: d.At, Hash: d.Hash, Size: d.Size})
	}
	return out, adminError(err)
}

// PutDocument implements admin.Documents.
func (s adminStore) PutDocument(ctx context.Context, tenantID, avatar, name string, data []byte, words, text int, by session.ID) error {
	d := recorder.Document{Tenant: tenantID, Avatar: avatar, Name: name, Words: words, Text: text}
	err := s.Recorder.PutDocument(ctx, d, data, documentLimits, by)
	var beyond recorder.Beyond
	if errors.As(err, &beyond) {
		return &admin.BeyondError{Most: map[string]string{
			"documents": fmt.Sprintf("%d documents", documentLimits.Documents), "words": fmt.Sprintf("%d words", documentLimits.Words),
			"size": fmt.Sprintf("%d MiB of files", documentLimits.Size>>20), "text": fmt.Sprintf("%d MiB of words", documentLimits.Text>>20),
		}[beyond.What]}
	}
	return adminError(err)
}

// RemoveDocument implements admin.Documents.
func (s adminStore) RemoveDocument(ctx context.Context, tenantID, avatar, name string, by session.ID) error {
	return adminError(s.Recorder.RemoveDocument(ctx, tenantID, avatar, name, by))
}

// checkDocument says what is wrong with a document that somebody gives.
func checkDocument(ctx context.Context, name string, data []byte) (words, text int, mistake string) {
	c, mistake := knowledge.Check(ctx, name, data)
	return c.Words, c.Text, mistake
}
