package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/stretchr/testify/require"
)

// writeCountries writes a database as MaxMind does, with a network in each
// country.
func writeCountries(t *testing.T, path, kind string, networks map[string]string) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, RecordSize: 24, IncludeReservedNetworks: true})
	require.NoError(t, err)
	for network, code := range networks {
		_, n, err := net.ParseCIDR(network)
		require.NoError(t, err)
		require.NoError(t, tree.Insert(n, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}, "registered_country": mmdbtype.Map{"iso_code": mmdbtype.String("US")}}))
	}
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = tree.WriteTo(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// The country of an address is looked up in the operator's database, which is
// read again when the operator says so; one that cannot be used is said, and
// the former one stays. // R7
func TestCountries(t *testing.T) {
	file := filepath.Join(t.TempDir(), "countries.mmdb")
	writeCountries(t, file, "GeoLite2-Country", map[string]string{"203.0.113.0/24": "DE", "2001:db8:1::/48": "SE"})
	c, err := openCountries(file)
	require.NoError(t, err)
	of := func(a string) string { return c.of(netip.MustParseAddr(a)) }
	require.Equal(t, "DE", of("203.0.113.9"))
	require.Equal(t, "SE", of("2001:db8:1:2::"))
	for _, unknown := range []string{"198.51.100.1", "127.0.0.1", "2001:db8:2::1", "::"} {
		require.Empty(t, of(unknown), unknown)
	}

	writeCountries(t, file, "DBIP-Country", map[string]string{"203.0.113.0/24": "AT"})
	require.Equal(t, "DE", of("203.0.113.9"), "until it is read again")
	require.NoError(t, c.reload())
	require.Equal(t, "AT", of("203.0.113.9"))

	writeCountries(t, file, "GeoLite2-ASN", map[string]string{"203.0.113.0/24": "FR"})
	require.EqualError(t, c.reload(), "country_database: no countries are in it; take a database of countries")
	require.NoError(t, os.WriteFile(file, []byte("203.0.113.9,DE\n"), 0o600))
	require.EqualError(t, c.reload(), "country_database: this is no database in MaxMind's format; take an .mmdb file")
	require.NoError(t, os.Truncate(file, maxCountryDatabase+1))
	require.EqualError(t, c.reload(), "country_database: it is larger than 256 MiB; take one of countries alone")
	require.NoError(t, os.Remove(file))
	require.ErrorContains(t, c.reload(), "country_database: it cannot be read")
	require.Equal(t, "AT", of("203.0.113.9"), "the former one stays")

	none, err := openCountries("")
	require.NoError(t, err)
	require.NoError(t, none.reload())
	require.Nil(t, none.lookUp())
}
