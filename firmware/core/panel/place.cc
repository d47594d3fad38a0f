#include "firmware/core/panel/place.h"

namespace tombola {
namespace {

constexpr float kTurned = 0.02f;  // of a knob's way: more than its noise

bool IsTurned(float knob, float before) {
  const float turn = knob - before;
  return turn > kTurned || turn < -kTurned;
}

}  // namespace

void Place::Init() {
  random_ = Xorshift();
  has_drawn_ = false;
  draw_was_high_ = false;
  x_ = y_ = 0.5f;
}

void Place::Process(const Patch& patch, const Modulations& modulations) {
  const bool rises = modulations.draw && !draw_was_high_;
  draw_was_high_ = modulations.draw;
  if (rises) {
    const uint32_t bits = random_.Next();
    drawn_ = {static_cast<float>(bits >> 16) * (1.0f / 65535.0f),
              static_cast<float>(bits & 0xFFFF) * (1.0f / 65535.0f)};
    knobs_at_draw_ = {patch.x, patch.y};
    has_drawn_ = true;
  } else if (modulations.draw) {
    return;
  }
  if (has_drawn_ && (IsTurned(patch.x, knobs_at_draw_.x) ||
                     IsTurned(patch.y, knobs_at_draw_.y))) {
    has_drawn_ = false;
  }
  x_ = Modulate(has_drawn_ ? drawn_.x : patch.x, modulations.x);
  y_ = Modulate(has_drawn_ ? drawn_.y : patch.y, modulations.y);
}

}  // namespace tombola
