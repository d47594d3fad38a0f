// One knob of the multiplexer: a reading in every eighth block, a position in
// each.
#pragma once

#include <cstdint>

#include "firmware/core/panel/follower.h"
#include "firmware/generated/panel.h"

namespace tombola {

// Between two readings it goes in a straight line, so that a slow turn is heard
// as one and not as a staircase at 125 Hz.
class KnobReader {
 public:
  // Stands at `position`, 0..1, until it is read.
  void Init(float position) {
    follower_.Init();
    position_ = target_ = position;
    step_ = 0.0f;
    left_ = 0;
    known_ = false;
  }

  // Takes a reading. The first counts at once.
  void Read(uint16_t word) {
    target_ = follower_.Process(word) * (1.0f / 65535.0f);
    if (!known_) position_ = target_;
    known_ = true;
    step_ = (target_ - position_) * (1.0f / kKnobCount);
    left_ = kKnobCount;
  }

  // Goes on by a block.
  void Advance() {
    if (left_ == 0) return;
    position_ = --left_ == 0 ? target_ : position_ + step_;
  }

  float reading() const { return target_; }     // 0..1, of the last reading
  float position() const { return position_; }  // 0..1, of this block

 private:
  Follower follower_;
  float position_;
  float target_;
  float step_;  // a block
  int left_;    // blocks to the target
  bool known_;
};

}  // namespace tombola
