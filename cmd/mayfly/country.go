package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// maxCountryDatabase is the largest database of countries, in bytes: it is held
// in memory whole, so that to look an address up reads no file.
const maxCountryDatabase = 256 << 20

// countries says in which country an address is, by a database of the
// operator's. It is safe for concurrent use.
type countries struct {
	file   string // static
	reader atomic.Pointer[maxminddb.Reader]
}

// openCountries reads a database in MaxMind's format. Without a file it is nil,
// which finds nothing.
func openCountries(file string) (*countries, error) {
	if file == "" {
		return nil, nil
	}
	c := &countries{file: file}
	if err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// reload reads the file again, for SIGHUP. On an error the former one stays.
func (c *countries) reload() error {
	if c == nil {
		return nil
	}
	info, err := os.Stat(c.file)
	if err != nil {
		return fmt.Errorf("country_database: it cannot be read (%w); let this user read it", reason(err))
	}
	if info.Size() > maxCountryDatabase {
		return fmt.Errorf("country_database: it is larger than %d MiB; take one of countries alone", maxCountryDatabase>>20)
	}
	data, err := os.ReadFile(c.file)
	if err != nil {
		return fmt.Errorf("country_database: it cannot be read (%w); let this user read it", reason(err))
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return errors.New("country_database: this is no database in MaxMind's format; take an .mmdb file")
	}
	if kind := reader.Metadata.DatabaseType; !strings.Contains(kind, "Country") && !strings.Contains(kind, "City") && !strings.Contains(kind, "Enterprise") {
		return errors.New("country_database: no countries are in it; take a database of countries")
	}
	c.reader.Store(reader)
	return nil
}

// of is the code of the country in which an address is used (ISO 3166), or
// empty. Why there is none is told to nobody: an error could name the address.
func (c *countries) of(a netip.Addr) (code string) {
	if c.reader.Load().Lookup(a).DecodePath(&code, "country", "iso_code") != nil {
		return ""
	}
	return code
}

// lookUp is of, or nil where there is no database.
func (c *countries) lookUp() func(netip.Addr) string {
	if c == nil {
		return nil
	}
	return c.of
}
