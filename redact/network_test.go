package redact_test

import (
	"testing"

	"mayfly/redact"
)

// R78
func TestIP(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.IP, []string{
		"«192.168.1.1»", "from «10.0.0.1».", "(«127.0.0.1»)", "http://«1.2.3.4»:8080/x", "listen=«0.0.0.0»:80", "«10.0.0.0/8»", "«10.0.0.1»-«10.0.0.9»", "user@«10.0.0.1»", "ip:«8.8.8.8», ok", "«192[.]168[.]1[.]1»", "«192(.)168(.)1(.)1»",
		"«１９２．１６８．１．１»", "host/«10.1.2.3»:9092", "\"«8.8.4.4»\"", "«255.255.255.255»", "«fe80::7:8%eth0.100» up", "«192[dot]168[dot]0[dot]1», «192 dot 168 dot 0 dot 1»", "updated from «203.0.113.45»", "kernel: «203.0.113.45» martian", "«2001:db8:3:4:5:6:7:8»:443", "x-forwarded-for: «203.0.113.7», «198.51.100.2»",
		"«2001:db8::1»", "[«2001:db8::1»]:443", "«fe80::1%eth0»", "«::1»", "«2001:0db8:85a3:0000:0000:8a2e:0370:7334»", "«2001:DB8:85A3::8A2E:370:7334».", "«::ffff:192.0.2.128»", "«2001:db8::/32»", "ip:«2001:db8::1»", "addr=«fe80::a00:27ff:fe4e:66a1», up", "«dead:beef:1::2»", "«1:2:3:4:5:6:7:8»", "«64:ff9b::192.0.2.33»", "«fe80::1»: no route", "«fc00::/7»", "«8::1»/24@x", "from «10.0.0.1» to «10.0.0.2»",
	})
	checkTable(t, newRedactor(t, redact.Options{}), redact.IP, []string{
		"256.1.1.1", "1.2.3", "1.2.3.4.5", "version 1.2.3.4", "v1.2.3.4", "release 10.4.2.1", "upgrade from 1.2.3.4 to 1.2.3.5", "version 10.4.2.1 and 10.4.2.2", "1.2.3.4。5", "section 3.2.1.4", "x1.2.3.4", "1.2.3.4x", "12:34:56", "10:30", "std::vector", "a::b", "fe::de", "face::add", "Step 1:: open", "::", "12::", "1:2:3", "aa:bb", "16:9", "12:34:56.789", "00:01:23", "2026-11-26T10:00:00", "cafe:babe", "ip-10-0-0-1", "1.2.3.", "0x1:2::3:4:5:6:7:8:9", "g::1",
	})
}

// R78
func TestMAC(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.MAC, []string{
		"«00:1a:2b:3c:4d:5e»", "ether «00:1A:2B:3C:4D:5E» txqueuelen", "«00-1a-2b-3c-4d-5e»", "«001a.2b3c.4d5e»", "«af-8a-4a-a9-3e-a1»,", "mac=«de:ad:be:ef:ca:fe»", "«deaf.f58a.a1a1».", "«02:42:ac:ff:fe:11:00:02»",
		"MAC=«00:16:3e:12:34:56:00:16:3e:12:34:57:08:00» SRC", "MAC address «00163E123456»", "00163E123456",
		"00:1a:2b:3c:4d", "0a:1a:2b:3c:4d:5e:6f", "x00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5g", "de-ad-be-ef", "1234.5678.9012", "550e8400-e29b-41d4-a716-446655440000",
	})
}
