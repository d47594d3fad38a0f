// The module: start the board, then play. The audio interrupt renders a block
// and PendSV runs the network beneath it. Under both, the main loop sees to the
// button, the settings and what comes over USB, and sleeps.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "firmware/core/panel/alarm.h"
#include "firmware/core/protocol/crc32.h"
#include "firmware/core/storage/ticket_store.h"
#include "firmware/daisy/adc.h"
#include "firmware/daisy/audio.h"
#include "firmware/daisy/backup.h"
#include "firmware/daisy/board.h"
#include "firmware/daisy/cache.h"
#include "firmware/daisy/clock.h"
#include "firmware/daisy/codec.h"
#include "firmware/daisy/cycles.h"
#include "firmware/daisy/dac.h"
#include "firmware/daisy/dma.h"
#include "firmware/daisy/gpio.h"
#include "firmware/daisy/interrupts.h"
#include "firmware/daisy/panel_io.h"
#include "firmware/daisy/start_cause.h"
#include "firmware/daisy/usb.h"
#include "firmware/daisy/wait.h"
#include "firmware/daisy/watchdog.h"
#include "firmware/module/board_services.h"
#include "firmware/module/front_panel.h"
#include "firmware/module/instrument.h"
#include "firmware/module/link.h"
#include "firmware/module/load.h"
#include "firmware/module/preferences.h"
#include "firmware/module/qspi_flash.h"
#include "firmware/module/slots.h"
#include "firmware/module/status.h"
#include "firmware/module/usb_wire.h"

// From ticket.S.
extern "C" const uint8_t ticket_begin[];
extern "C" const uint8_t ticket_end[];
// From stm32h750.ld: where the image begins, and an address that is its size.
extern "C" const uint8_t image_begin[];
extern "C" const uint8_t image_bytes[];

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
                                  {},
                                  0,
                                  {}};

namespace tombola {
namespace {

// The network's activations and states, used all over in every frame: in the
// memory without wait states. The weights are read once a frame, in order: AXI
// SRAM and its cache do. There are two tickets, so that one can come in while
// the other plays.
[[gnu::section(".dtcm")]] alignas(32) uint8_t memory[kMaxArenaBytes];
[[gnu::section(".axi")]] alignas(32) uint8_t tickets[2][kAreaBytes];

Instrument instrument;
LoadMeter load;
std::atomic<uint32_t> blocks{0};  // and so milliseconds

// The main loop's.
QspiFlash flash;
TicketStore store;
Preferences preferences;
Slots slots;
FrontPanel panel;
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

// What the last block took.
void MeasureBlock() {
  static uint32_t before = 0;
  const uint32_t now = AudioCycles();
  if (tombola_status.blocks > 0) load.AddBlock(now - before);
  before = now;
}

void OnBlock(const int32_t* in, int32_t* out) {
  if (tombola_status.state == State::kStopped) {
    std::fill(out, out + 2 * kBlock, 0);
    return;
  }
  MeasureBlock();
  PanelOutput output;
  const bool frame_due = instrument.Process(ReadPanel(), in, out, &output);
  WritePanel(output);
  if (frame_due) PendFrame();
  if (!StartAdcScan()) ++tombola_status.late_scans;
  tombola_status.frames = instrument.frames();
  tombola_status.late_frames = instrument.late_frames();
  tombola_status.late_blocks = LateBlocks();
  blocks.store(++tombola_status.blocks);
}

void InitBoard() {
  InitGpio();
  InitPanelIo();
  tombola_status.start = TakeStartCause();
  StopUnless(InitClock());
  InitCache();
  tombola_status.boots = CountBoot();
  tombola_status.fault = LastFault();
  InitDma();
  tombola_status.board = DetectBoard();
  StopUnless(InitCodec(tombola_status.board));
  StopUnless(InitAdc());
  InitDac();
}

// Without a flash chip that answers it plays the ticket that is built in.
void InitInstrument() {
  const Error storage = flash.Init();
  store.Init(&flash);
  preferences.Init(&flash, &instrument);
  const auto size = static_cast<uint32_t>(ticket_end - ticket_begin);
  const char* reason = slots.Init(
      {{ticket_begin, size}, {tickets[0], tickets[1]}, memory, sizeof(memory)},
      &store, &instrument, preferences.settings().slot);
  tombola_status.reason = reinterpret_cast<uint32_t>(reason);
  tombola_status.error = reason == nullptr ? storage : Error::kTicket;
  tombola_status.state = reason == nullptr ? State::kPlaying : State::kSilent;
}

void InitServices() {
  const uint32_t build =
      Crc32(image_begin, reinterpret_cast<uint32_t>(image_bytes));
  panel.Init(&instrument, &slots, &preferences);
  services.Init({&instrument, &slots, &preferences, &store, &panel, &load,
                 &tombola_status, build});
}

// What is to be done once a block.
void Tend(uint32_t now) {
  const bool silent = instrument.silent();
  panel.Process(now, load.Look().mean > LoadMeter::kTooMuch, silent);
  preferences.Save(now);
  if (!silent && tombola_status.state == State::kSilent) {
    tombola_status.state = State::kPlaying;
    tombola_status.error = Error::kNone;
  }
}

}  // namespace

extern "C" void OnFrameDue() {
  const uint32_t begin = CycleCount();
  const uint32_t audio = AudioCycles();
  instrument.RunFrame();
  load.AddFrame(CycleCount() - begin - (AudioCycles() - audio));
}

extern "C" void OnFault(const FaultRecord& record) {
  tombola_status.fault = record;
  KeepFault(record);
  SilenceAudio();
  Stop(Error::kFault);
}

}  // namespace tombola

int main() {
  using namespace tombola;
  InitBoard();
  InitInstrument();
  InitServices();
  SetFramePriority();
  StopUnless(StartAudio(tombola_status.board, OnBlock));
  InitUsb();  // without it the module plays as well
  StartWatchdog();
  for (uint32_t last = 0;;) {
    const uint32_t now = blocks.load();
    if (now != last) {
      FeedWatchdog();  // the audio interrupt comes, and so does the main loop
      Tend(now);
    }
    last = now;
    if (!serial_link.Process() && blocks.load() == now) asm volatile("wfi");
  }
}
