// The place in the timbre plane that the knobs, the CVs and DRAW agree on.
#pragma once

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/panel/panel.h"

namespace tombola {

// DRAW's rising edge replaces the knobs' place by a random one, until the X or
// the Y knob is turned. While DRAW is high the place stands still.
class Place {
 public:
  void Init();
  void Process(const Patch& patch, const Modulations& modulations);

  // 0..1 across and up the plane.
  float x() const { return x_; }
  float y() const { return y_; }

 private:
  struct Point {
    float x;
    float y;
  };

  Xorshift random_;
  Point drawn_;          // that plays while has_drawn_
  Point knobs_at_draw_;  // to tell whether they are turned
  bool has_drawn_;
  bool draw_was_high_;
  float x_;
  float y_;
};

}  // namespace tombola
