package rtc

// Error is a refusal with a stable code. Its text is the code and nothing
// else: no part of an offer, a message or an address gets into it.
type Error string

// What an offer can be refused for.
const (
	ErrOfferTooLarge     Error = "sdp_too_large"           // more than MaxOffer
	ErrOfferMalformed    Error = "sdp_malformed"           // not UTF-8, or not lines of SDP
	ErrTooManyLines      Error = "sdp_too_many_media"      // more than MaxLines
	ErrTooManyCandidates Error = "sdp_too_many_candidates" // more than MaxCandidates
	ErrMedia             Error = "sdp_media"               // a kind of m-line that is not audio, video or application
	ErrMid               Error = "sdp_mid"                 // m-lines without a name, or with the same one
	ErrBundle            Error = "sdp_bundle"              // the data channel is not in the one BUNDLE group
	ErrNoChannel         Error = "sdp_channel"             // not exactly one data channel line
	ErrFingerprint       Error = "sdp_fingerprint"         // none, two different ones, or a weak hash
	ErrICE               Error = "sdp_ice"                 // no or wrong ICE credentials, or an ice-lite client
	ErrSetup             Error = "sdp_setup"               // a DTLS role that cannot be answered
	ErrOfferRefused      Error = "sdp_refused"             // well-formed, and still no answer to it: no common codec
	ErrOfferChanged      Error = "sdp_changed"             // a restart that changes lines or fingerprint
)

// What else can be refused.
const (
	ErrFull      Error = "peers_full"      // MaxPeers are connected
	ErrClosed    Error = "peer_closed"     // the peer or the server has ended
	ErrNotOpen   Error = "peer_not_open"   // the data channel is not open yet
	ErrSlow      Error = "slow"            // MaxQueue bytes are waiting for the peer
	ErrTooLarge  Error = "event_too_large" // more than MaxEvent
	ErrNoAudio   Error = "no_audio"        // the client does not receive audio
	ErrFrameSize Error = "frame_size"      // not Frame samples
	ErrInternal  Error = "rtc_internal"    // pion or the codec failed; a bug
)

// Error gives the code.
func (e Error) Error() string { return "rtc: " + string(e) }

// Code is the stable code, for the gateway's one table.
func (e Error) Code() string { return string(e) }

// Reason says why a peer ended: one of these, or what Close was given.
type Reason string

// Why a peer ends by itself.
const (
	HungUp          Reason = "hung_up"           // the other side closed
	Unreachable     Reason = "unreachable"       // no packet for 15 seconds
	SetupTimeout    Reason = "setup_timeout"     // no open data channel within 15 seconds of the answer
	HandshakeFailed Reason = "handshake_failed"  // ended before the data channel opened, as with a certificate that is not the offer's
	BinaryMessage   Reason = "binary_message"    // a message that is not text
	MessageTooLarge Reason = "message_too_large" // more than MaxMessage
	TooManyChannels Reason = "too_many_channels" // more than MaxChannels
	MediaFlood      Reason = "media_flood"       // more than MaxStreams
	RestartFailed   Reason = "restart_failed"    // an ICE restart that broke the connection
	ServerClosed    Reason = "server_closed"     // Server.Close
)

// What Peer.Refused can name.
const (
	MicrophoneNotEnabled = "microphone_not_enabled"
	VideoNotEnabled      = "video_not_enabled"
	AudioLineIgnored     = "audio_line_ignored" // a second audio line
)
