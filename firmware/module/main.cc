// The module: start the board, then play. The audio interrupt renders a block,
// PendSV runs the network beneath it, and between the two the core sleeps.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "firmware/core/panel/alarm.h"
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
#include "firmware/daisy/usb.h"
#include "firmware/daisy/wait.h"
#include "firmware/module/board_services.h"
#include "firmware/module/instrument.h"
#include "firmware/module/link.h"
#include "firmware/module/status.h"
#include "firmware/module/usb_wire.h"

// From ticket.S.
extern "C" const uint8_t ticket_begin[];
extern "C" const uint8_t ticket_end[];

tombola::Status tombola_status = {tombola::kStatusMagic,
                                  tombola::kStatusVersion,
                                  {},
                                  {},
                                  {},
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  {}};

namespace tombola {
namespace {

// The network's activations and states, used all over in every frame: in the
// memory without wait states. The weights are read once a frame, in order: AXI
// SRAM and its cache do.
[[gnu::section(".dtcm")]] alignas(32) uint8_t memory[kMaxArenaBytes];
[[gnu::section(".axi")]] alignas(32) uint8_t ticket[128 * 1024];

Instrument instrument;

UsbWire usb_wire;
BoardServices services;
Link serial_link(&usb_wire, &services);

[[noreturn]] void Stop(Error error) {
  constexpr uint32_t kStep = 10;  // ms
  tombola_status.state = State::kStopped;
  tombola_status.error = error;
  for (uint32_t now = 0;; now += kStep) {
    WriteLights(AlarmLights(static_cast<uint8_t>(error), now));
    DelayMicroseconds(1000 * kStep);
  }
}

void StopUnless(Error error) {
  if (error != Error::kNone) Stop(error);
}

PanelInput ReadPanel() {
  const AdcWords words = ReadAdc();
  PanelInput input;
  std::copy(words.cv, words.cv + kCvCount, input.cv);
  input.knob = words.knob;
  input.gates = ReadGates();
  return input;
}

void WritePanel(const PanelOutput& output) {
  SelectKnob(output.knob_select);
  WriteDac(output.cv);
  WriteGate(output.gate);
  WriteLights(output.lights);
}

void PlayBlock(const int32_t* in, int32_t* out) {
  PanelOutput output;
  const bool frame_due = instrument.Process(ReadPanel(), in, out, &output);
  WritePanel(output);
  if (frame_due) PendFrame();
  tombola_status.frames = instrument.frames();
  tombola_status.late_frames = instrument.late_frames();
}

void KeepSilent(int32_t* out) {
  std::fill(out, out + 2 * kBlock, 0);
  WriteLights(AlarmLights(static_cast<uint8_t>(tombola_status.error),
                          tombola_status.blocks));
}

void OnBlock(const int32_t* in, int32_t* out) {
  if (tombola_status.state == State::kPlaying) {
    PlayBlock(in, out);
  } else {
    KeepSilent(out);
  }
  if (!StartAdcScan()) ++tombola_status.late_scans;
  ++tombola_status.blocks;
  tombola_status.late_blocks = LateBlocks();
}

void InitBoard() {
  InitGpio();
  InitPanelIo();
  StopUnless(InitClock());
  InitCache();
  InitDma();
  tombola_status.board = DetectBoard();
  StopUnless(InitCodec(tombola_status.board));
  StopUnless(InitAdc());
  InitDac();
}

void InitInstrument() {
  const size_t size = ticket_end - ticket_begin;
  std::copy(ticket_begin, ticket_end, ticket);
  const char* reason = instrument.Init(ticket, size, memory, sizeof(memory));
  tombola_status.reason = reinterpret_cast<uint32_t>(reason);
  tombola_status.error = reason == nullptr ? Error::kNone : Error::kTicket;
  tombola_status.state = reason == nullptr ? State::kPlaying : State::kSilent;
}

}  // namespace

extern "C" void OnFrameDue() { instrument.RunFrame(); }

extern "C" void OnFault(const FaultRecord& record) {
  tombola_status.fault = record;
  SilenceAudio();
  Stop(Error::kFault);
}

}  // namespace tombola

int main() {
  using namespace tombola;
  InitBoard();
  InitInstrument();
  SetFramePriority();
  StopUnless(StartAudio(tombola_status.board, OnBlock));
  InitUsb();  // without it the module plays as well
  for (;;) {
    if (!serial_link.Process()) asm volatile("wfi");
  }
}
