#include "firmware/module/instrument_ticket.h"

#include <cstring>

#include "firmware/core/dsp/math.h"
#include "firmware/core/voices/tone.h"
#include "firmware/generated/sound.h"

namespace tombola {
namespace {

constexpr int kControls = 4;  // pitch, loudness, x, y

// Of TICKET, that makes a difference: half a unit in 64.
constexpr float kTicketStep = 1.0f / 128.0f;

// What LEVEL adds to the loudness of IN, end to end in dB; at noon nothing.
constexpr float kListenRange = 40.0f;

int16_t Quantise(float value, float scale) {
  return static_cast<int16_t>(Round(Clamp(value / scale, -32767.0f, 32767.0f)));
}

// 0..1 or a range to the network's -1..1.
float Scale(float value, float low, float high) {
  return Clamp((value - low) * (2.0f / (high - low)) - 1.0f, -1.0f, 1.0f);
}

bool HasPort(const Ticket& ticket, PortKind kind, const char* name,
             uint32_t count) {
  for (int i = 0; i < ticket.ports(); ++i) {
    const PortRecord port = ticket.port(i);
    if (port.kind != kind || std::strcmp(port.name, name) != 0) continue;
    const TensorRecord tensor = ticket.tensor(port.tensor);
    return tensor.type == kInt16 && tensor.count == count;
  }
  return false;
}

const char* CheckVoice(const Ticket& ticket) {
  const VoiceRecord& voice = ticket.voice();
  if (voice.voice != kVoiceTone) return "its voice is not `tone`";
  if (voice.partials != kTonePartials || voice.bands != kToneBands) {
    return "it was made for another number of partials or noise bands";
  }
  if (!HasPort(ticket, kInput, "controls", kControls)) {
    return "its network has no input `controls` of 4 int16 values";
  }
  if (!HasPort(ticket, kOutput, "amplitudes", ToneVoice::kOutputs)) {
    return "its network has no output `amplitudes` of 130 int16 values";
  }
  return nullptr;
}

}  // namespace

const char* LoadTicket(const uint8_t* image, uint32_t size, size_t memory_size,
                       Ticket* ticket) {
  const TicketError error = ticket->Load(image, size);
  if (error != TicketError::kNone) return Describe(error);
  if (ticket->arena_bytes() > memory_size) return Describe(TicketError::kArena);
  return CheckVoice(*ticket);
}

void TicketPlayer::Start(const Ticket& ticket, uint8_t* memory,
                         size_t memory_size) {
  ticket_ = ticket;
  Arena arena(memory, memory_size);
  network_.Init(ticket_, &arena);  // it fits: LoadTicket has seen to it
  controls_ = network_.Input("controls");
  amplitudes_ = network_.Output("amplitudes");
  width_ = 1.0f;
}

// A knob at rest is noisy; units are not to come and go with it.
void TicketPlayer::FollowWidth(float share) {
  const float change = share - width_;
  if (change > -kTicketStep && change < kTicketStep) return;
  width_ = share;
  network_.SetWidth(width_);
}

void TicketPlayer::WriteControls(const FrameRequest& request, float loudness) {
  const float values[kControls] = {
      Scale(request.note, kPitchLow, kPitchHigh),
      Scale(loudness, kLoudnessFloor, 0.0f),
      Scale(request.x, 0.0f, 1.0f),
      Scale(request.y, 0.0f, 1.0f),
  };
  for (int i = 0; i < kControls; ++i) {
    controls_.int16()[i] = Quantise(values[i], controls_.scale);
  }
}

float TicketPlayer::Step(const FrameRequest& request) {
  const float envelope =
      envelope_.Process(request.rises, request.gate, request.shape);
  const VoiceRecord& voice = ticket_.voice();
  const float top = voice.loudness_low +
                    (voice.loudness_high - voice.loudness_low) * request.level;
  float loudness = kLoudnessFloor + (top - kLoudnessFloor) * envelope;
  if (request.listens) {
    const float heard = request.heard + (request.level - 0.5f) * kListenRange;
    loudness = Clamp(heard, kLoudnessFloor, voice.loudness_high);
  }

  FollowWidth(request.ticket);
  WriteControls(request, loudness);
  network_.Step();
  return loudness;
}

}  // namespace tombola
