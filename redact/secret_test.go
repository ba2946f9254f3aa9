package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// R78
func TestSecret(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.Secret, []string{
		// Known shapes.
		"use «ghp_abcdefghij0123456789abcdefghij012345».", "«AKIAIOSFODNN7EXAMPLE»", "key:«sk-proj-abcdefghij0123456789ABCD»", "(«xoxb-123456789012-123456789012-abcdefghijABCDEFGHIJ1234»)", "«AIzaSyA1234567890abcdefghijklmnopqrstuv»", "https://x.example/?a=«glpat-abcdefghij0123456789»", "«hf_abcdefghijklmnopqrstuvwxyz0123456»",
		"«eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U», he said", "«SG.abcdefghij0123456789AB.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG»", "https://«hooks.slack.com/services/T00000000/B00000000/abcdefghij0123456789ABCD»",
		"«AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ0»", "«sk_live_abcdefghij0123456789»",
		// What stands under a name.
		"password=«hunter2»", "PASSWORD: «Summer2024!»", `{"password": "«letmein»"}`, "db_password: '«correcthorse»'", "pwd=«x7Yz» ", "PGPASSWORD=«pa55w0rd» psql", "<password>«geheim12»</password>", "--password «Tr0ub4dor» -v", `"apiKey": "«0123456789abcdef0123456789abcdef»"`, "client_secret=«a1b2c3d4e5f6g7h8»&x=1", "Authorization: Bearer «abcdef0123456789abcdef»", "Authorization: Basic «dXNlcjpwYXNzd29yZDEyMw==»", "secret => \"«s3cr3tv4lu3xyz»\"",
		"AWS_SECRET_ACCESS_KEY=«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»", "ALGOLIA_KEY := \"«8f14e45fceea167a5a36dedd4bea2543»\"", "adobeToken = `«8f14e45fceea167a5a36dedd4bea2543»`", "AccountKey=«abcdefghij0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij0123456789ab+/==»;EndpointSuffix=x", "PIN: «1234»", "cvv=«123»", "otp: «482913».", "Mot de passe : «Bonjour12»", "Contrasena: «Hola1234»", "Contraseña: «Hola1234»", "Lösenord: «Sommar12»", "hasło=«lato2024»", "Passwort: «Sommer23»",
		// What is said.
		"my password is «hunter2».", "la contraseña es «Verano2024!»", "le mot de passe est «Soleil2024!»", "la password è «Estate2024!».", "הסיסמה היא «Kayitz2024!»", "пароль: «leto2024»", "meine PIN lautet «4821»", "The password is: «Winter2023!»", "my passphrase was «Blue-Horse-42», I think", "Passwort lautet «Geheim99»", "the token is «8f14e45fceea167a5a36dedd4bea2543»", "api key «8f14e45fceea167a5a36dedd4bea2543» expired", "Bearer «abcdef0123456789abcdef»",
		"my pw is «hunter22»", "Authenticating with key «8f14e45fceea167a5a36dedd4bea2543»", "Credential leaked: «8f14e45fceea167a5a36dedd4bea2543»", "Cookie: sessionid=«8f14e45fceea167a5a36dedd4bea2543»; Path=/", "DB_PASSWORD=«Tr0ub4dor&3»\nDB_HOST=x", "?password=«Tr0ub4dor»&state=3", "AWS_SECRET_ACCESS_KEY=«/jalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
		// Addresses.
		"postgres://«app:s3cret»@db:5432/x", "https://«jane:pa55#w@rd»@example.com/", "redis://«:hunter2»@cache", "https://«abcdefghij0123456789»@github.com/x",
	})
	checkTable(t, newRedactor(t, redact.Options{}), redact.Secret, []string{
		"I forgot my password again", "Password: click here", "password is required", "password = req.body.password;", "const password = settings.db_password", "la contraseña es incorrecta", "The password is wrong.", "password: ********", "password=<password>", "password=${DB_PASSWORD}", "password = $PASS", "token: {{ token }}", "max_tokens=4096", "total tokens: 1834", "key: value", "primary_key=550e8400e29b41d4a716446655440000", "public_key=abcdefghij0123456789abcdefghij", "the compass: north12", "monkey: banana12345678901234567", "secret: false", "the key is to be patient", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "550e8400-e29b-41d4-a716-446655440000", "sha256:e3b0c44298fc1c149afbf4c8996fb924",
		"sk-circle-fade-dot-1", "https://example.com:8080/x@y", "pin code", "key-value-store-12", "password_file=/run/secrets/db1", "token_url: /oauth/v2/token", "classes, misses and 7 passengers", "-----BEGIN CERTIFICATE-----", "a -- b", "--verbose 12", "eyJ is how it begins", "http://example.com/a:b@c",
	})
}

const armoured = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACB\n-----END OPENSSH PRIVATE KEY-----"

// R78: what has no known end is swallowed to its end, also where it is cut, and
// what comes after is read.
func TestOpenEnded(t *testing.T) {
	long := strings.Repeat("abcdefghij0123456789", 500)
	for text, want := range map[string]string{
		"x " + armoured + "\ny": "x [secret]\ny",
		"x " + armoured[:90]:    "x [secret]",
		"ssh: " + strings.ReplaceAll(armoured, "\n", `\n`) + `" jane@example.com`:                                                            `ssh: [secret]" [email]`,
		"-----BEGIN PRIVATE KEY-----\n" + long + "\n-----END PRIVATE KEY-----, jane@example.com":                                             "[secret], [email]",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n" + long + "\n-----END RSA PRIVATE KEY-----": "[secret]",
		"-----BEGIN PRIVATE KEY-----\n" + long + "! And then she left.":                                                                      "[secret]! And then she left.",
		"token=" + long + " and more":                      "token=[secret] and more",
		"ghp_" + long + ", jane@example.com":               "[secret], [email]",
		"eyJhbGciOiJIUzI1NiJ9." + long + "." + long + "\n": "[secret]\n",
		"password=" + strings.Repeat("ä1", 3000) + " x":    "",
	} {
		r := newRedactor(t, redact.Options{})
		if strings.HasPrefix(text, "password=") {
			require.NotContains(t, whole(r, text), "\xff")
		} else {
			require.Equal(t, want, whole(r, text))
		}
		once := whole(r, text)
		got, held := inBytes(r, text)
		require.Equal(t, once, got)
		require.LessOrEqual(t, held, redact.MaxHeld)
		require.Equal(t, once, whole(r, once))
		off := newRedactor(t, all(redact.Off))
		kept, _ := inPieces(off, text, min(1500, len(text)), min(9000, len(text)))
		require.Equal(t, text, kept)
		o := all(redact.Hash)
		o.Keyer = keyer(3)
		h := newRedactor(t, o)
		got, _ = inBytes(h, text)
		require.Equal(t, whole(h, text), got)
	}
}
