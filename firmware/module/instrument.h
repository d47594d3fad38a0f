// The instrument: panel words and a ticket in, sound out. Portable; the same
// code runs on the module, in the virtual module and in Python.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "firmware/core/dsp/envelope.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/core/panel/level_meter.h"
#include "firmware/core/panel/panel.h"
#include "firmware/core/panel/place.h"
#include "firmware/core/voices/tone.h"
#include "firmware/generated/sound.h"

namespace tombola {

class Instrument {
 public:
  // Reads a ticket's image, which must stay where it is, and puts the network
  // into `memory`. Returns nullptr, or the reason why the ticket cannot be
  // played; then Process must not be called.
  const char* Init(const uint8_t* ticket, uint32_t ticket_size, uint8_t* memory,
                   size_t memory_size);

  // Renders one block. in and out are kBlock stereo samples of 24 bits,
  // sign-extended; they may be the same buffer. Called by the audio interrupt.
  // Returns true when a frame is due: call RunFrame from a lower priority.
  bool Process(const PanelInput& input, const int32_t* in, int32_t* out,
               PanelOutput* output);

  // Runs the network once, if a frame is due. Process may interrupt it at any
  // point; it must not interrupt Process.
  void RunFrame();

  // Frames that were picked up, and frames that were not ready at the block
  // that should have done so. Until a late one comes, the partials hold and the
  // noise fades out.
  uint32_t frames() const { return frames_; }
  uint32_t late_frames() const { return late_frames_; }

 private:
  // Whose turn it is with request_, frame_ and loudness_. Each side touches
  // them in its own turn only, and passes them on by storing the next.
  enum class Turn : uint8_t { kRequest, kFrame, kPickUp };

  struct Request {
    float note;
    float x;
    float y;
    float color;
    float shape;
    float level;
    float ticket;
    bool gate;
    bool rises;
  };

  void PickUp();
  bool RequestFrame(float note);
  void FollowTicket();
  void WriteControls(float loudness);
  int32_t WriteSound(const float* samples, int32_t* out);

  // The audio interrupt's.
  Panel panel_;
  Place place_;
  LevelMeter meter_;
  bool gate_was_high_;
  bool rises_;       // since the last request
  bool expects_;     // a frame that was requested one block ago
  int blocks_left_;  // until the next frame is due
  float shown_loudness_;
  uint32_t frames_;
  uint32_t late_frames_;

  // Passed from hand to hand.
  std::atomic<Turn> turn_;
  Request request_;
  ToneFrame frame_;
  float loudness_;  // 0..1 that frame_ was made for

  // The frame's.
  Ticket ticket_;
  Network network_;
  Port controls_;
  Port amplitudes_;
  Envelope envelope_;
  float width_;  // that network_ has

  // Half of it either's.
  ToneVoice voice_;
};

}  // namespace tombola
