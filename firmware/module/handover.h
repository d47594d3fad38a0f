// Passes values between the main loop and the audio interrupt, which runs to
// its end before the main loop goes on. Neither ever waits.
#pragma once

#include <atomic>
#include <cstdint>

namespace tombola {

// From the main loop to the audio interrupt, which takes each value once. A
// value that was not taken yet is replaced.
template <typename T>
class Inbox {
 public:
  void Put(const T& value) {
    full_.exchange(false, std::memory_order_acq_rel);
    value_ = value;
    full_.store(true, std::memory_order_release);
  }

  // False, and nothing is changed, when there is no new value.
  bool Take(T* value) {
    if (!full_.load(std::memory_order_acquire)) return false;
    *value = value_;
    full_.store(false, std::memory_order_release);
    return true;
  }

 private:
  std::atomic<bool> full_{false};
  T value_{};
};

// What the audio interrupt shows of itself: the main loop reads it whole.
template <typename T>
class Showcase {
 public:
  // The audio interrupt's.
  void Show(const T& value) {
    value_ = value;
    shown_.store(shown_.load(std::memory_order_relaxed) + 1,
                 std::memory_order_release);
  }

  // The main loop's: reads again when the audio interrupt came in between.
  T Look() const {
    for (;;) {
      const uint32_t before = shown_.load(std::memory_order_acquire);
      const T value = value_;
      std::atomic_signal_fence(std::memory_order_acq_rel);
      if (shown_.load(std::memory_order_acquire) == before) return value;
    }
  }

 private:
  std::atomic<uint32_t> shown_{0};
  T value_{};
};

}  // namespace tombola
