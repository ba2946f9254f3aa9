module mayfly/gen/phone

go 1.26.0

require (
	github.com/nyaruka/phonenumbers v1.8.1
	mayfly v0.0.0-00010101000000-000000000000
)

require (
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace mayfly => ../../..
