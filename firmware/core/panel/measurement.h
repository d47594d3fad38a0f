// Averages the CV jacks' words over many blocks, for a calibration.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "firmware/generated/panel.h"

namespace tombola {

struct Measurement {
  uint32_t blocks;
  float mean[kCvCount];  // of the ADC's words
  uint16_t lowest[kCvCount];
  uint16_t highest[kCvCount];
};

// The main loop starts it and fetches the result; the audio interrupt adds.
class Measurer {
 public:
  static constexpr uint32_t kMostBlocks = 65535;  // whose sum fits 32 bits

  // Begins anew, with 1 to kMostBlocks blocks.
  void Start(uint32_t blocks) {
    left_.store(0, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_acq_rel);
    blocks_ = blocks;
    for (int i = 0; i < kCvCount; ++i) {
      sum_[i] = 0;
      lowest_[i] = UINT16_MAX;
      highest_[i] = 0;
    }
    left_.store(blocks, std::memory_order_release);
  }

  bool done() const { return left_.load(std::memory_order_acquire) == 0; }

  // Of the last Start, once it is done.
  Measurement result() const {
    Measurement result;
    result.blocks = blocks_;
    for (int i = 0; i < kCvCount; ++i) {
      result.mean[i] =
          static_cast<float>(sum_[i]) / static_cast<float>(blocks_);
      result.lowest[i] = lowest_[i];
      result.highest[i] = highest_[i];
    }
    return result;
  }

  // One block's words [kCvCount].
  void Add(const uint16_t* words) {
    const uint32_t left = left_.load(std::memory_order_acquire);
    if (left == 0) return;
    for (int i = 0; i < kCvCount; ++i) {
      sum_[i] += words[i];
      lowest_[i] = std::min(lowest_[i], words[i]);
      highest_[i] = std::max(highest_[i], words[i]);
    }
    left_.store(left - 1, std::memory_order_release);
  }

 private:
  std::atomic<uint32_t> left_{0};
  uint32_t blocks_ = 1;
  uint32_t sum_[kCvCount] = {};
  uint16_t lowest_[kCvCount] = {};
  uint16_t highest_[kCvCount] = {};
};

}  // namespace tombola
