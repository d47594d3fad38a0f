#include "firmware/core/dsp/listener.h"

#include "firmware/generated/panel.h"

namespace tombola {
namespace {

constexpr float kOpens = -50.0f;   // dB: what a modular's ground and a codec's
constexpr float kCloses = -56.0f;  // noise do not reach
constexpr int kLongestWait = 30;   // blocks

// A change of pitch up to this is taken in four blocks' time, which takes the
// estimates' scatter off; a larger one is another note.
constexpr float kStep = 0.5f;  // semitones
constexpr float kSmoothing = 0.25f;

}  // namespace

void Listener::Init() {
  meter_.Init();
  tracker_.Init();
  loudness_ = Loudness::kSilence;
  note_ = kPitchAtZeroVolts;
  waits_ = 0;
  plays_ = false;
}

void Listener::FollowPitch() {
  if (!tracker_.heard()) return;
  const float change = tracker_.note() - note_;
  const bool small = change < kStep && change > -kStep;
  note_ += plays_ && small ? kSmoothing * change : change;
}

void Listener::Process(const float* samples) {
  loudness_ = meter_.Process(samples);
  tracker_.Process(samples);
  FollowPitch();
  if (plays_) {
    plays_ = loudness_ > kCloses;
    waits_ = 0;
    return;
  }
  waits_ = loudness_ > kOpens ? waits_ + 1 : 0;
  plays_ = waits_ > 0 && (tracker_.heard() || waits_ >= kLongestWait);
}

}  // namespace tombola
