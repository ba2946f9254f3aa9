// The name has a dot, so that go mod verify sees that nothing of it is downloaded.
module mayfly.test/started

go 1.26.0
