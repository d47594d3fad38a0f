#include "firmware/module/instrument.h"

#include "firmware/core/dsp/limiter.h"
#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

constexpr int kControls = 4;  // pitch, loudness, x, y

// The oscillator's limits, MIDI notes: 8.2 Hz and 19.9 kHz.
constexpr float kLowestNote = 0.0f;
constexpr float kHighestNote = 135.0f;

// Of TICKET, that makes a difference: half a unit in 64.
constexpr float kTicketStep = 1.0f / 128.0f;

int16_t Quantise(float value, float scale) {
  return static_cast<int16_t>(Round(Clamp(value / scale, -32767.0f, 32767.0f)));
}

// 0..1 or a range to the network's -1..1.
float Scale(float value, float low, float high) {
  return Clamp((value - low) * (2.0f / (high - low)) - 1.0f, -1.0f, 1.0f);
}

const char* CheckVoice(const Ticket& ticket, const Port& controls,
                       const Port& amplitudes) {
  const VoiceRecord& voice = ticket.voice();
  if (voice.voice != kVoiceTone) return "its voice is not `tone`";
  if (voice.partials != kTonePartials || voice.bands != kToneBands) {
    return "it was made for another number of partials or noise bands";
  }
  if (controls.int16() == nullptr || controls.count != kControls) {
    return "its network has no input `controls` of 4 int16 values";
  }
  if (amplitudes.int16() == nullptr ||
      amplitudes.count != ToneVoice::kOutputs) {
    return "its network has no output `amplitudes` of 130 int16 values";
  }
  return nullptr;
}

}  // namespace

const char* Instrument::Init(const uint8_t* ticket, uint32_t ticket_size,
                             uint8_t* memory, size_t memory_size) {
  TicketError error = ticket_.Load(ticket, ticket_size);
  if (error != TicketError::kNone) return Describe(error);
  Arena arena(memory, memory_size);
  error = network_.Init(ticket_, &arena);
  if (error != TicketError::kNone) return Describe(error);
  controls_ = network_.Input("controls");
  amplitudes_ = network_.Output("amplitudes");

  panel_.Init();
  place_.Init();
  meter_.Init();
  envelope_.Init();
  voice_.Init();
  gate_was_high_ = rises_ = expects_ = false;
  blocks_left_ = 0;
  shown_loudness_ = 0.0f;
  width_ = 1.0f;
  frames_ = late_frames_ = 0;
  turn_.store(Turn::kRequest, std::memory_order_relaxed);
  return CheckVoice(ticket_, controls_, amplitudes_);
}

bool Instrument::Process(const PanelInput& input, const int32_t* in,
                         int32_t* out, PanelOutput* output) {
  (void)in;  // the audio input has no effect yet
  panel_.Process(input);
  place_.Process(panel_.patch(), panel_.modulations());
  const Modulations& modulations = panel_.modulations();
  const float note =
      Clamp(kPitchAtZeroVolts + panel_.patch().transpose + modulations.note,
            kLowestNote, kHighestNote);

  PickUp();
  float samples[kBlock];
  voice_.Render(NoteToHz(note), samples);
  const int32_t peak = WriteSound(samples, out);

  output->knob_select = panel_.knob_select();
  // The voice's loudness, 0..5 V.
  output->cv = static_cast<uint16_t>(2048 + Round(shown_loudness_ * 2047.0f));
  output->gate = modulations.gate;
  output->lights = meter_.Process(peak);
  return RequestFrame(note);
}

void Instrument::PickUp() {
  if (turn_.load(std::memory_order_acquire) == Turn::kPickUp) {
    voice_.Start(frame_);
    shown_loudness_ = loudness_;
    ++frames_;
    turn_.store(Turn::kRequest, std::memory_order_relaxed);
  } else if (expects_) {
    ++late_frames_;
  }
  expects_ = false;
}

bool Instrument::RequestFrame(float note) {
  const Patch& patch = panel_.patch();
  const Modulations& modulations = panel_.modulations();
  if (modulations.gate && !gate_was_high_) {
    rises_ = true;
    blocks_left_ = 0;
  }
  gate_was_high_ = modulations.gate;
  if (blocks_left_ > 0) --blocks_left_;
  if (blocks_left_ > 0) return false;
  // A network that is still busy with the last frame gets this one later.
  if (turn_.load(std::memory_order_relaxed) != Turn::kRequest) return false;

  request_.note = note;
  request_.x = place_.x();
  request_.y = place_.y();
  request_.color = Modulate(patch.color, modulations.color);
  request_.shape = patch.shape;
  request_.level = Modulate(patch.level, modulations.level);
  request_.ticket = Modulate(patch.ticket, modulations.ticket);
  request_.gate = modulations.gate;
  request_.rises = rises_;
  rises_ = false;
  expects_ = true;
  blocks_left_ = kFrameBlocks;
  turn_.store(Turn::kFrame, std::memory_order_release);
  return true;
}

int32_t Instrument::WriteSound(const float* samples, int32_t* out) {
  int32_t peak = 0;
  for (int i = 0; i < kBlock; ++i) {
    const int32_t sample = ToSample(SoftLimit(samples[i]));
    out[2 * i] = out[2 * i + 1] = sample;
    const int32_t size = sample < 0 ? -sample : sample;
    if (size > peak) peak = size;
  }
  return peak;
}

// A knob at rest is noisy; units are not to come and go with it.
void Instrument::FollowTicket() {
  const float change = request_.ticket - width_;
  if (change > -kTicketStep && change < kTicketStep) return;
  width_ = request_.ticket;
  network_.SetWidth(width_);
}

void Instrument::WriteControls(float loudness) {
  const float values[kControls] = {
      Scale(request_.note, kPitchLow, kPitchHigh),
      Scale(loudness, kLoudnessFloor, 0.0f),
      Scale(request_.x, 0.0f, 1.0f),
      Scale(request_.y, 0.0f, 1.0f),
  };
  for (int i = 0; i < kControls; ++i) {
    controls_.int16()[i] = Quantise(values[i], controls_.scale);
  }
}

void Instrument::RunFrame() {
  if (turn_.load(std::memory_order_acquire) != Turn::kFrame) return;
  const float envelope =
      envelope_.Process(request_.rises, request_.gate, request_.shape);
  const VoiceRecord& voice = ticket_.voice();
  const float top = voice.loudness_low +
                    (voice.loudness_high - voice.loudness_low) * request_.level;
  const float loudness = kLoudnessFloor + (top - kLoudnessFloor) * envelope;

  FollowTicket();
  WriteControls(loudness);
  network_.Step();
  voice_.MakeFrame({request_.note, loudness, request_.color},
                   amplitudes_.int16(), amplitudes_.scale, &frame_);
  loudness_ = Clamp(1.0f - loudness / kLoudnessFloor, 0.0f, 1.0f);
  turn_.store(Turn::kPickUp, std::memory_order_release);
}

}  // namespace tombola
