package realtime

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mayfly/session"
)

// fill puts words into everything that is made of bytes, at every depth.
func fill(v reflect.Value, words string) (filled int) {
	switch {
	case v.Type() == reflect.TypeFor[session.Speech]():
		v.Set(reflect.ValueOf(session.NewSpeech([]byte(words))))
		return 0
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes([]byte(words))
		return 1
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(v.Index(0), words)
	case v.Kind() == reflect.Pointer && v.Type() == reflect.TypeFor[*Audio]():
		v.Set(reflect.ValueOf(&Audio{[]byte(words)}))
		return 1
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				filled += fill(v.Field(i), words)
			}
		}
	}
	return filled
}

// Nothing that a client sends prints, with any verb, alone or in something
// else. // R1 R6
func TestEventsDoNotPrint(t *testing.T) {
	const words = "quagmire"
	n := 0
	for _, empty := range []any{
		&Draft{}, &ItemCreate{}, &ItemRetrieve{}, &ItemTruncate{}, &ItemDelete{}, &ResponseCreate{}, &ResponseCancel{}, &DisclosureAcknowledge{}, &ConsentSubmit{},
		&ReportSubmit{}, &ReportedLine{}, &HandoffRequest{}, &SessionUpdate{}, &AudioAppend{}, &OutputUpdate{}, &AvatarUpdate{}, &Problem{}, &Error{},
	} {
		v := reflect.ValueOf(empty)
		fill(v.Elem(), words)
		if h := v.Elem().FieldByName("head"); h.IsValid() {
			n++ // its id cannot be set from here, and is never printed: Format is the head's own
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
			for _, put := range []any{empty, v.Elem().Interface(), []any{empty}, map[string]any{"a": v.Elem().Interface()}, struct{ In any }{empty}} {
				got := fmt.Sprintf(verb, put)
				if strings.Contains(got, words) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", words)) || strings.Contains(got, "0x71, 0x75") {
					t.Errorf("%s of %T prints what it holds: %s", verb, put, got)
				}
			}
		}
	}
	ids := NewIDs("p")
	ids.chosen = map[session.ItemNo][]byte{1: []byte(words)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		for _, put := range []any{ids, &Audio{[]byte(words)}, commitWith(words)} {
			if got := fmt.Sprintf(verb, put); strings.Contains(got, words) || strings.Contains(got, "113 117") {
				t.Errorf("%s of %T prints what it holds: %s", verb, put, got)
			}
		}
	}
	if n < 8 {
		t.Error("events have a head")
	}
}

// commitWith is an event whose id is words.
func commitWith(words string) any { return AudioCommit{head{[]byte(words)}} }
