package audio

import "github.com/thesyncim/gopus"

// What the Opus encoder is set to. Speech at 24 kHz is transparent to most
// ears at 32 kbit/s; complexity 5 costs a third less than 10; WebRTC audio is
// not sent again when lost, so each packet carries a coarse copy of the one
// before it, tuned for a loss of 5 % until the receiver has reported.
const (
	opusBitrate    = 32000
	opusComplexity = 5
	opusLoss       = 5 // percent
)

// opusEncoder is RFC 6716 by gopus, a port of libopus without cgo.
type opusEncoder struct {
	e    *gopus.Encoder
	loss int // percent
}

func newOpusEncoder() (Encoder, error) {
	o := &opusEncoder{loss: opusLoss}
	return o, o.renew()
}

// renew makes the encoder inside anew, with the same settings.
func (o *opusEncoder) renew() error {
	e, err := gopus.NewEncoder(gopus.EncoderConfig{
		SampleRate: Rate, Channels: 1, Application: gopus.ApplicationVoIP,
	})
	if err != nil {
		return err
	}
	if err := e.SetFrameSize(Frame); err != nil {
		return err
	}
	if err := e.SetBitrate(opusBitrate); err != nil {
		return err
	}
	if err := e.SetComplexity(opusComplexity); err != nil {
		return err
	}
	o.e = e
	o.Expect(o.loss)
	return nil
}

func (o *opusEncoder) Encode(packet []byte, frame []int16) (int, error) {
	if len(frame) != Frame {
		return 0, ErrFrame
	}
	n, err := o.e.EncodeInt16(frame, packet)
	if err != nil {
		return 0, ErrBuffer
	}
	return n, nil
}

// Reset makes a new encoder, since gopus v0.1.1's own Reset lets a quiet echo
// of the last frames through. It costs 50 us and 160 kB.
func (o *opusEncoder) Reset() {
	if o.renew() != nil { // the same settings worked before
		o.e.Reset()
	}
}

func (o *opusEncoder) Expect(loss int) {
	o.loss = max(0, min(loss, 100))
	o.e.SetFEC(o.loss > 0)
	_ = o.e.SetPacketLoss(o.loss) // refuses only what is not a percentage
}

// opusDecoder decodes whatever a sender chose, stereo and 48 kHz included, to
// mono at Rate.
type opusDecoder struct{ d *gopus.Decoder }

func newOpusDecoder() (Decoder, error) {
	d, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(Rate, 1))
	if err != nil {
		return nil, err
	}
	return &opusDecoder{d}, nil
}

func (o *opusDecoder) Decode(pcm []int16, packet []byte) (int, error) {
	if len(packet) == 0 { // gopus would take it for a loss
		return 0, ErrPacket
	}
	n, err := o.d.DecodeInt16(packet, pcm)
	if err != nil {
		return 0, ErrPacket
	}
	return n, nil
}

func (o *opusDecoder) Conceal(pcm []int16) (int, error) {
	if len(pcm) < Frame {
		return 0, ErrBuffer
	}
	n, err := o.d.DecodeInt16(nil, pcm[:Frame])
	if err != nil {
		return 0, ErrPacket
	}
	return n, nil
}
