// How busy the core is: the cycles of every block and every run of the network.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "firmware/generated/sound.h"
#include "firmware/module/handover.h"

namespace tombola {

struct Cycles {
  uint32_t worst;
  uint32_t mean;
};

struct Load {
  Cycles block;  // since power on
  Cycles frame;
  float mean;   // share of the last second that both took, 0..1
  float worst;  // the same, if all had been as long as its worst ones
};

class LoadMeter {
 public:
  // The core's cycles in a block of time.
  static constexpr uint32_t kBlockCycles = 480'000;
  static constexpr float kTooMuch = 0.8f;  // of the time

  // The audio interrupt's: what the last one took.
  void AddBlock(uint32_t cycles) {
    block_.Add(cycles);
    const uint32_t frame = frame_cycles_.exchange(0);
    if (frame != 0) frame_.Add(frame);
    if (++blocks_ == kSecond) ShowSecond();
  }

  // The frame's: what it took without the audio interrupts in between.
  void AddFrame(uint32_t cycles) { frame_cycles_.store(cycles); }

  // The main loop's. All zero in the first second.
  Load Look() const { return showcase_.Look(); }

 private:
  static constexpr int kSecond = 1000;  // blocks

  class Work {
   public:
    void Add(uint32_t cycles) {
      sum_ += cycles;
      second_sum_ += cycles;
      ++count_;
      second_worst_ = std::max(second_worst_, cycles);
      worst_ = std::max(worst_, cycles);
    }

    Cycles cycles() const {
      return {worst_,
              static_cast<uint32_t>(sum_ / std::max(count_, uint32_t{1}))};
    }
    float second_sum() const { return static_cast<float>(second_sum_); }
    float second_worst() const { return static_cast<float>(second_worst_); }
    void BeginSecond() { second_sum_ = second_worst_ = 0; }

   private:
    uint64_t sum_ = 0;
    uint32_t count_ = 0;
    uint32_t worst_ = 0;
    uint32_t second_sum_ = 0;
    uint32_t second_worst_ = 0;
  };

  void ShowSecond() {
    constexpr float kBlock = 1.0f / kBlockCycles;
    const float mean =
        (block_.second_sum() + frame_.second_sum()) * (kBlock / kSecond);
    const float worst =
        (block_.second_worst() + frame_.second_worst() / float{kFrameBlocks}) *
        kBlock;
    showcase_.Show({block_.cycles(), frame_.cycles(), mean, worst});
    block_.BeginSecond();
    frame_.BeginSecond();
    blocks_ = 0;
  }

  Work block_;
  Work frame_;
  int blocks_ = 0;
  std::atomic<uint32_t> frame_cycles_{0};
  Showcase<Load> showcase_;
};

}  // namespace tombola
