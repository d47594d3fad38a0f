// An instrument with a panel, for the tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "firmware/module/instrument.h"

namespace tombola {

constexpr char kSmallTicket[] = "tests/data/tone_small.ticket";
constexpr char kImpactTicket[] = "tests/data/impact_small.ticket";
constexpr char kFactoryTicket[] = "firmware/tickets/harp.ticket";

inline std::vector<uint8_t> ReadTicket(const char* path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file),
          std::istreambuf_iterator<char>()};
}

// An instrument with all jacks at 0 V, all knobs at noon but SHAPE and LEVEL.
class Player {
 public:
  explicit Player(const char* ticket = kSmallTicket)
      : ticket_(ReadTicket(ticket)), memory_(kMaxArenaBytes) {
    REQUIRE(instrument_.Init(ticket_.data(),
                             static_cast<uint32_t>(ticket_.size()),
                             memory_.data(), memory_.size()) == nullptr);
    for (int i = 0; i < kCvCount; ++i) {
      const CvRange& range = kCvRanges[i];
      input_.cv[i] =
          static_cast<uint16_t>(65535.0f * range.volts_at_zero /
                                (range.volts_at_zero - range.volts_at_full));
    }
    std::fill_n(knobs_, int{kKnobCount}, uint16_t{32768});
    knobs_[kKnobShape] = 0;
    knobs_[kKnobLevel] = 65535;
    for (int i = 0; i < kKnobCount; ++i) {
      if (Block(false)) RunFrame();
    }
  }

  // Plays a block. Returns true when a frame is due.
  bool Block(bool gate) {
    input_.knob = knobs_[output_.knob_select];
    input_.gates = (gate ? kGateBit : 0) | (pressed_ ? kSlotBit : 0);
    return instrument_.Process(input_, silence_, samples_, &output_);
  }

  void RunFrame() { instrument_.RunFrame(); }

  int32_t peak() const {
    int32_t peak = 0;
    for (const int32_t sample : samples_) {
      peak = std::max(peak, std::abs(sample));
    }
    return peak;
  }

  // Plays a block, and the frame that is due.
  void Play(bool gate) {
    if (Block(gate)) RunFrame();
  }

  // The button SLOT.
  void Press(bool down) { pressed_ = down; }

  uint8_t* memory() { return memory_.data(); }

  // Frees the ticket that it began with.
  void ForgetTicket() { std::vector<uint8_t>().swap(ticket_); }

  Instrument& instrument() { return instrument_; }
  PanelInput& input() { return input_; }
  uint16_t* knobs() { return knobs_; }
  const PanelOutput& output() const { return output_; }
  const int32_t* samples() const { return samples_; }

 private:
  bool pressed_ = false;
  std::vector<uint8_t> ticket_;
  std::vector<uint8_t> memory_;
  uint16_t knobs_[kKnobCount];
  PanelInput input_ = {};
  PanelOutput output_ = {};
  int32_t silence_[2 * kBlock] = {};  // at IN
  int32_t samples_[2 * kBlock] = {};
  Instrument instrument_;
};

}  // namespace tombola
