// The instrument: panel words and a ticket in, sound out. Portable; the same
// code runs on the module, in the virtual module and in Python.
//
// Three contexts call it. Process is the audio interrupt's and runs to its end;
// RunFrame runs beneath it and may be interrupted by it at any point; all else
// is the main loop's, beneath both.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "firmware/core/dsp/fade.h"
#include "firmware/core/dsp/listener.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/core/panel/button.h"
#include "firmware/core/panel/face.h"
#include "firmware/core/panel/level_meter.h"
#include "firmware/core/panel/measurement.h"
#include "firmware/core/panel/panel.h"
#include "firmware/core/panel/place.h"
#include "firmware/core/voices/voice_player.h"
#include "firmware/generated/sound.h"
#include "firmware/module/handover.h"
#include "firmware/module/instrument_ticket.h"
#include "firmware/module/snapshot.h"

namespace tombola {

class Instrument {
 public:
  // Reads a ticket's image and puts the network into `memory`, which begins at
  // a multiple of 8 bytes. Both must stay where they are. Returns nullptr, or
  // the reason why the ticket cannot be played; then all is silent until
  // another one comes in.
  const char* Init(const uint8_t* ticket, uint32_t ticket_size, uint8_t* memory,
                   size_t memory_size);

  // Renders one block. in and out are kBlock stereo samples of 24 bits,
  // sign-extended; they may be the same buffer. Called by the audio interrupt.
  // Returns true when a frame is due: call RunFrame from a lower priority.
  bool Process(const PanelInput& input, const int32_t* in, int32_t* out,
               PanelOutput* output);

  // Runs the network once, if a frame is due.
  void RunFrame();

  // Fades over to another ticket, within 50 ms. Returns nullptr, or the reason
  // why it cannot be played; then all goes on as before. Not to be called while
  // one is coming in. Both images have to stay until it has.
  const char* ChangeTicket(const uint8_t* ticket, uint32_t ticket_size);
  bool changing() const {
    return change_.load(std::memory_order_acquire) != Change::kNone;
  }

  // Plays by these from the next block on.
  void Apply(const Settings& settings, const Calibration& calibration) {
    tuning_.Put({settings, calibration});
  }

  // Averages the CV jacks' words over so many blocks.
  Measurer& measurer() { return measurer_; }

  // What the player does with the button SLOT.
  Button& button() { return button_; }

  // Lights in place of the level meter's.
  void SetLights(Lights lights) {
    lights_.store(lights, std::memory_order_relaxed);
  }

  // Puts a 12-bit word on the jack CV for so many blocks; 0 blocks let it go.
  void HoldCv(uint16_t word, uint32_t blocks) { hold_.Put({word, blocks}); }

  // What the last block read and wrote.
  Snapshot Look() const { return showcase_.Look(); }

  // Whether no ticket plays.
  bool silent() const { return !has_ticket_.load(std::memory_order_relaxed); }

  // Frames that were picked up, and frames that were not ready at the block
  // that should have done so. Until a late one comes, the partials hold and the
  // noise fades out.
  uint32_t frames() const { return frames_; }
  uint32_t late_frames() const { return late_frames_; }

 private:
  // Whose turn it is with request_, loudness_ and the frame that the voice
  // makes. Each side touches them in its own turn only, and passes them on by
  // storing the next.
  enum class Turn : uint8_t { kRequest, kFrame, kPickUp };

  // How another ticket comes in. The main loop offers it; the sound fades out;
  // in silence a frame starts it; with that frame the sound fades in.
  enum class Change : uint8_t { kNone, kOffered, kFadesOut, kStarts, kFadesIn };

  struct Tuning {
    Settings settings;
    Calibration calibration;
  };

  struct Hold {
    uint16_t word;
    uint32_t blocks;
  };

  void TakeTuning();
  void Listen(const int32_t* in);
  float Note() const;
  void PickUp();
  void FollowChange();
  bool RequestFrame(float note);
  int32_t WriteSound(const float* samples, int32_t* out);
  uint16_t CvWord(float note);
  uint8_t LightsAt(int32_t peak);
  void Show(const PanelInput& input, const PanelOutput& output, int32_t in_peak,
            int32_t out_peak);

  // The audio interrupt's.
  Panel panel_;
  Place place_;
  LevelMeter meter_;
  Listener listener_;
  VoicePlayer* voice_;  // that sounds
  Fade fade_;
  Tuning tuned_;
  Hold held_;
  bool gate_was_high_;
  bool played_in_;   // the listener did, in the last block
  bool rises_;       // since the last request
  bool expects_;     // a frame that was requested one block ago
  int blocks_left_;  // until the next frame is due
  float shown_loudness_;
  uint32_t frames_;
  uint32_t late_frames_;

  // Passed between it and the main loop.
  std::atomic<Change> change_;
  std::atomic<bool> has_ticket_;
  Ticket next_;
  Inbox<Tuning> tuning_;
  Inbox<Hold> hold_;
  Measurer measurer_;
  Button button_;
  std::atomic<Lights> lights_;
  Showcase<Snapshot> showcase_;

  // Passed between it and the frame.
  std::atomic<Turn> turn_;
  FrameRequest request_;
  float loudness_;  // 0..1, of the frame

  // The frame's.
  TicketPlayer player_;
  uint8_t* memory_;
  size_t memory_size_;
};

}  // namespace tombola
