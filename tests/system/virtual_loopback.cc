// A module that puts out what it reads, so that each path of the virtual module
// can be seen from outside. The drivers are the firmware's own.
//
//   audio L: the input's left side       CV out: the multiplexed knob's word
//   audio R: first six samples the CVs'  lights: the gates
//            words, then the input's     GATE out: the GATE jack
//
// A frame spins for FRAME_TURNS and an audio interrupt for BLOCK_TURNS.
#include <cstdint>

#include "firmware/daisy/adc.h"
#include "firmware/daisy/audio.h"
#include "firmware/daisy/board.h"
#include "firmware/daisy/cache.h"
#include "firmware/daisy/clock.h"
#include "firmware/daisy/codec.h"
#include "firmware/daisy/dac.h"
#include "firmware/daisy/dma.h"
#include "firmware/daisy/gpio.h"
#include "firmware/daisy/interrupts.h"
#include "firmware/daisy/panel_io.h"
#include "firmware/generated/sound.h"
#include "firmware/module/status.h"

tombola::Status tombola_status = {};

namespace tombola {
namespace {

volatile bool frame_runs = false;

// Two instructions a turn.
void Spin(uint32_t turns) {
  if (turns == 0) return;
  asm volatile(
      "1: subs %0, %0, #1\n"
      "bne 1b\n"
      : "+r"(turns)
      :
      : "cc");
}

void OnBlock(const int32_t* in, int32_t* out) {
  Status& status = tombola_status;
  if (frame_runs) ++status.late_frames;
  const AdcWords words = ReadAdc();
  for (int i = 0; i < 2 * kBlock; ++i) out[i] = in[i];
  for (int i = 0; i < kCvCount; ++i) out[2 * i + 1] = words.cv[i];
  WriteDac(words.knob >> 4);
  WriteLights(ReadGates());
  WriteGate((ReadGates() & 1) != 0);
  SelectKnob(status.blocks % kKnobCount);
  Spin(BLOCK_TURNS);
  if (status.blocks % kFrameBlocks == 0 && !frame_runs) {
    frame_runs = true;
    ++status.frames;
    PendFrame();
  }
  if (!StartAdcScan()) ++status.late_scans;
  ++status.blocks;
  status.late_blocks = LateBlocks();
}

Error Start() {
  InitGpio();
  InitPanelIo();
  Error error = InitClock();
  if (error != Error::kNone) return error;
  InitCache();
  InitDma();
  tombola_status.board = DetectBoard();
  error = InitCodec(tombola_status.board);
  if (error == Error::kNone) error = InitAdc();
  InitDac();
  SetFramePriority();
  tombola_status.state = State::kPlaying;
  if (error != Error::kNone) return error;
  return StartAudio(tombola_status.board, OnBlock);
}

}  // namespace

extern "C" void OnFrameDue() {
  Spin(FRAME_TURNS);
  frame_runs = false;
}

extern "C" void OnFault(const FaultRecord&) {
  for (;;) {
  }
}

}  // namespace tombola

int main() {
  tombola_status.magic = tombola::kStatusMagic;
  tombola_status.version = tombola::kStatusVersion;
  tombola_status.error = tombola::Start();
  for (;;) asm volatile("wfi");
}
