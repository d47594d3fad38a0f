#include "firmware/module/instrument_ticket.h"

#include "firmware/core/dsp/math.h"
#include "firmware/generated/sound.h"

namespace tombola {
namespace {

// Of TICKET, that makes a difference: half a unit in 64.
constexpr float kTicketStep = 1.0f / 128.0f;

// What LEVEL adds to the loudness of IN, end to end in dB; at noon nothing.
constexpr float kListenRange = 40.0f;

}  // namespace

const char* LoadTicket(const uint8_t* image, uint32_t size, size_t memory_size,
                       Ticket* ticket) {
  const TicketError error = ticket->Load(image, size);
  if (error != TicketError::kNone) return Describe(error);
  if (ticket->arena_bytes() > memory_size) return Describe(TicketError::kArena);
  return CheckVoice(*ticket);
}

void TicketPlayer::Init() {
  envelope_.Init();
  voices_.Init();
  voice_ = voices_.silent();
}

void TicketPlayer::Start(const Ticket& ticket, uint8_t* memory,
                         size_t memory_size) {
  ticket_ = ticket;
  Arena arena(memory, memory_size);
  network_.Init(ticket_, &arena);  // it fits: LoadTicket has seen to it
  width_ = 1.0f;
  voice_ = voices_.Find(ticket_);
  voice_->Take(ticket_, &network_);
}

// A knob at rest is noisy; units are not to come and go with it.
void TicketPlayer::FollowWidth(float share) {
  const float change = share - width_;
  if (change > -kTicketStep && change < kTicketStep) return;
  width_ = share;
  network_.SetWidth(width_);
}

float TicketPlayer::Loudness(const FrameRequest& request) {
  const float envelope =
      envelope_.Process(request.rises, request.gate, request.shape);
  const VoiceRecord& voice = ticket_.voice();
  if (request.listens) {
    const float heard = request.heard + (request.level - 0.5f) * kListenRange;
    return Clamp(heard, kLoudnessFloor, voice.loudness_high);
  }
  const float top = voice.loudness_low +
                    (voice.loudness_high - voice.loudness_low) * request.level;
  return kLoudnessFloor + (top - kLoudnessFloor) * envelope;
}

float TicketPlayer::Step(const FrameRequest& request) {
  FollowWidth(request.ticket);
  return voice_->MakeFrame(request, Loudness(request));
}

}  // namespace tombola
