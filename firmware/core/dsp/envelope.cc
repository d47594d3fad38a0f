#include "firmware/core/dsp/envelope.h"

#include "firmware/core/dsp/math.h"
#include "firmware/generated/sound.h"

namespace tombola {
namespace {

constexpr float kFrameSeconds =
    static_cast<float>(kFrame) / static_cast<float>(kSampleRate);

constexpr float kGateOnly = 0.02f;  // SHAPE up to here follows the gate

// Seconds of the whole way, and the octaves that SHAPE adds to them.
constexpr float kAttack = 0.005f;
constexpr float kAttackOctaves = 5.9f;  // up to 0.3 s
constexpr float kDecay = 0.03f;
constexpr float kDecayOctaves = 8.0f;        // up to 7.7 s
constexpr float kLongestClosedDecay = 0.5f;  // s, once the gate is closed

}  // namespace

void Envelope::Init() {
  attacks_ = false;
  level_ = 0.0f;
}

float Envelope::Process(bool rises, bool gate, float shape) {
  const bool sustains = shape < kGateOnly;
  const float turn = sustains ? 0.0f : shape;
  if (rises) attacks_ = true;
  if (sustains && !gate && !rises) attacks_ = false;
  if (attacks_) {
    level_ += kFrameSeconds / (kAttack * Exp2(turn * kAttackOctaves));
    if (level_ >= 1.0f) {
      level_ = 1.0f;
      attacks_ = false;
    }
  } else if (!(sustains && gate)) {
    float decay = kDecay * Exp2(turn * kDecayOctaves);
    if (!gate && decay > kLongestClosedDecay) decay = kLongestClosedDecay;
    level_ -= kFrameSeconds / decay;
    if (level_ < 0.0f) level_ = 0.0f;
  }
  return level_;
}

}  // namespace tombola
