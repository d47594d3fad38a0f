#include "firmware/module/instrument.h"

#include <algorithm>

#include "firmware/core/dsp/limiter.h"
#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

// The oscillator's limits, MIDI notes: 8.2 Hz and 19.9 kHz.
constexpr float kLowestNote = 0.0f;
constexpr float kHighestNote = 135.0f;

// At the jack CV, for a voice at 0 dB; the loudness floor is 0 V.
constexpr float kLoudestVolts = 5.0f;

uint16_t DacWord(const Calibration& calibration, float volts) {
  constexpr float kFullWord = 4095.0f;
  const float zero = calibration.out_zero_volts;
  const float part = (volts - zero) / (calibration.out_full_volts - zero);
  return static_cast<uint16_t>(Round(kFullWord * Clamp(part, 0.0f, 1.0f)));
}

int32_t Peak(const int32_t* samples) {
  int32_t peak = 0;
  for (int i = 0; i < 2 * kBlock; ++i) {
    peak = std::max(peak, samples[i] < 0 ? -samples[i] : samples[i]);
  }
  return peak;
}

}  // namespace

const char* Instrument::Init(const uint8_t* ticket, uint32_t ticket_size,
                             uint8_t* memory, size_t memory_size) {
  memory_ = memory;
  memory_size_ = memory_size;
  const char* reason = LoadTicket(ticket, ticket_size, memory_size, &next_);
  has_ticket_ = reason == nullptr;
  player_.Init();
  if (has_ticket_) player_.Start(next_, memory_, memory_size_);

  panel_.Init();
  place_.Init();
  meter_.Init();
  listener_.Init();
  fade_.Init();
  voice_ = player_.voice();
  tuned_ = {};
  held_ = {};
  gate_was_high_ = played_in_ = rises_ = expects_ = false;
  blocks_left_ = 0;
  shown_loudness_ = 0.0f;
  frames_ = late_frames_ = 0;
  request_ = {};
  turn_.store(Turn::kRequest, std::memory_order_relaxed);
  change_.store(Change::kNone, std::memory_order_relaxed);
  SetLights({0, 0});
  return reason;
}

const char* Instrument::ChangeTicket(const uint8_t* ticket,
                                     uint32_t ticket_size) {
  const char* reason = LoadTicket(ticket, ticket_size, memory_size_, &next_);
  if (reason == nullptr) {
    change_.store(Change::kOffered, std::memory_order_release);
  }
  return reason;
}

bool Instrument::Process(const PanelInput& input, const int32_t* in,
                         int32_t* out, PanelOutput* output) {
  const int32_t in_peak = Peak(in);
  TakeTuning();
  Listen(in);
  panel_.Process(input);
  measurer_.Add(input.cv);
  button_.Process((input.gates & kSlotBit) != 0);
  place_.Process(panel_.patch(), panel_.modulations());
  const float note = Note();

  PickUp();
  FollowChange();
  float samples[kBlock];
  voice_->Render(NoteToHz(note), samples);
  fade_.Process(samples);
  const int32_t peak = WriteSound(samples, out);

  output->knob_select = panel_.knob_select();
  output->cv = CvWord(note);
  output->gate = panel_.modulations().gate || listener_.plays();
  output->lights = LightsAt(peak);
  Show(input, *output, in_peak, peak);
  return RequestFrame(note);
}

void Instrument::TakeTuning() {
  if (tuning_.Take(&tuned_)) {
    panel_.Apply(tuned_.settings, tuned_.calibration);
  }
}

void Instrument::Listen(const int32_t* in) {
  if (tuned_.settings.audio_in == AudioIn::kOff || !voice_->hears()) {
    listener_.Stop();
    return;
  }
  float samples[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    samples[i] = static_cast<float>(in[2 * i]) * (1.0f / kFullScale);
  }
  listener_.Process(samples);
}

float Instrument::Note() const {
  const float played = listener_.plays() ? listener_.note() : kPitchAtZeroVolts;
  return Clamp(played + panel_.patch().transpose + panel_.modulations().note +
                   0.01f * tuned_.settings.tuning_cents,
               kLowestNote, kHighestNote);
}

void Instrument::PickUp() {
  if (turn_.load(std::memory_order_acquire) == Turn::kPickUp) {
    if (request_.starts) {
      if (voice_ != player_.voice()) {
        voice_ = player_.voice();
        voice_->Reset();
      }
      has_ticket_ = true;
      fade_.In();
      change_.store(Change::kFadesIn, std::memory_order_relaxed);
    }
    voice_->StartFrame();
    shown_loudness_ = loudness_;
    ++frames_;
    turn_.store(Turn::kRequest, std::memory_order_relaxed);
  } else if (expects_) {
    ++late_frames_;
  }
  expects_ = false;
}

void Instrument::FollowChange() {
  switch (change_.load(std::memory_order_acquire)) {
    case Change::kOffered:
      fade_.Out();
      change_.store(Change::kFadesOut, std::memory_order_relaxed);
      break;
    case Change::kFadesOut:
      if (!fade_.silent()) break;
      blocks_left_ = 0;
      change_.store(Change::kStarts, std::memory_order_relaxed);
      break;
    case Change::kFadesIn:
      if (!fade_.full()) break;
      change_.store(Change::kNone, std::memory_order_release);
      break;
    case Change::kStarts:
    case Change::kNone:
      break;
  }
}

bool Instrument::RequestFrame(float note) {
  const Patch& patch = panel_.patch();
  const Modulations& modulations = panel_.modulations();
  if (modulations.gate && !gate_was_high_) {
    rises_ = true;
    blocks_left_ = 0;
  }
  gate_was_high_ = modulations.gate;
  if (listener_.plays() && !played_in_) blocks_left_ = 0;
  played_in_ = listener_.plays();
  if (blocks_left_ > 0) --blocks_left_;
  if (blocks_left_ > 0) return false;
  const bool starts =
      change_.load(std::memory_order_relaxed) == Change::kStarts;
  if (!has_ticket_ && !starts) return false;
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
  request_.listens = listener_.plays();
  request_.heard = listener_.loudness();
  request_.starts = starts;
  rises_ = false;
  expects_ = true;
  blocks_left_ = kFrameBlocks;
  turn_.store(Turn::kFrame, std::memory_order_release);
  return true;
}

int32_t Instrument::WriteSound(const float* samples, int32_t* out) {
  for (int i = 0; i < kBlock; ++i) {
    out[2 * i] = out[2 * i + 1] = ToSample(SoftLimit(samples[i]));
  }
  return Peak(out);
}

uint16_t Instrument::CvWord(float note) {
  hold_.Take(&held_);
  if (held_.blocks > 0) {
    --held_.blocks;
    return held_.word;
  }
  const float volts = tuned_.settings.cv_out == CvOut::kPitch
                          ? (note - kPitchAtZeroVolts) * (1.0f / 12.0f)
                          : shown_loudness_ * kLoudestVolts;
  return DacWord(tuned_.calibration, volts);
}

uint8_t Instrument::LightsAt(int32_t peak) {
  const Lights lights = lights_.load(std::memory_order_relaxed);
  return (meter_.Process(peak) & ~lights.mask) | lights.lit;
}

void Instrument::Show(const PanelInput& input, const PanelOutput& output,
                      int32_t in_peak, int32_t out_peak) {
  Snapshot snapshot;
  for (int i = 0; i < kKnobCount; ++i) snapshot.knobs[i] = panel_.knob(i);
  for (int i = 0; i < kCvCount; ++i) {
    snapshot.cv_volts[i] = panel_.volts(i);
    snapshot.cv_words[i] = input.cv[i];
  }
  snapshot.gates = input.gates;
  snapshot.lights = output.lights;
  snapshot.gate_out = output.gate;
  snapshot.cv_out_word = output.cv;
  snapshot.in_peak = in_peak;
  snapshot.out_peak = out_peak;
  showcase_.Show(snapshot);
}

void Instrument::RunFrame() {
  if (turn_.load(std::memory_order_acquire) != Turn::kFrame) return;
  if (request_.starts) player_.Start(next_, memory_, memory_size_);
  const float loudness = player_.Step(request_);
  loudness_ = Clamp(1.0f - loudness / kLoudnessFloor, 0.0f, 1.0f);
  turn_.store(Turn::kPickUp, std::memory_order_release);
}

}  // namespace tombola
