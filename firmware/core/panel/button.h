// The button: presses and holds out of a contact that bounces.
#pragma once

#include <atomic>
#include <cstdint>

namespace tombola {

// The audio interrupt reads the contact, the main loop takes what it meant;
// none is lost when the main loop is busy for a while.
class Button {
 public:
  // ms, as blocks. Contacts of this kind bounce for up to 5 ms (a typical
  // tactile switch's data sheet); nobody presses shorter than 20.
  static constexpr int kBounce = 10;
  static constexpr int kHold = 1000;

  // One block's level.
  void Process(bool down) {
    unsteady_ = down == down_ ? 0 : unsteady_ + 1;
    if (unsteady_ == kBounce) {
      down_ = down;
      unsteady_ = 0;
      if (!down && held_ < kHold) presses_.fetch_add(1);
      held_ = 0;
    }
    if (!down_ || held_ == kHold) return;
    if (++held_ == kHold) holds_.fetch_add(1);
  }

  // Each is told once: a press when the button is let go, a hold when it has
  // lasted, and that is then no press.
  bool TakePress() { return Take(presses_, &presses_taken_); }
  bool TakeHold() { return Take(holds_, &holds_taken_); }

 private:
  static bool Take(const std::atomic<uint8_t>& count, uint8_t* taken) {
    if (count.load() == *taken) return false;
    ++*taken;
    return true;
  }

  bool down_ = false;
  int unsteady_ = 0;  // blocks for which the contact has been otherwise
  int held_ = 0;      // blocks, up to kHold
  std::atomic<uint8_t> presses_{0};
  std::atomic<uint8_t> holds_{0};
  uint8_t presses_taken_ = 0;
  uint8_t holds_taken_ = 0;
};

}  // namespace tombola
