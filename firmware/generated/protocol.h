// Generated from firmware/schema/protocol.toml (bba9f640e817f7fc) by:
//   python firmware/schema/generate.py
#pragma once

#include <cstdint>

namespace tombola::protocol {

constexpr int kVersion = 1;
constexpr int kUsbVendor = 1155;
constexpr int kUsbProduct = 22336;
constexpr int kDataBytes = 1024;
constexpr int kPatienceMs = 1000;
constexpr int kBodyBytes = 1032;

enum class Command : uint8_t {
  kReboot = 1,
  kInfo = 2,
  kStatus = 3,
  kTicketList = 16,
  kTicketBegin = 17,
  kTicketWrite = 18,
  kTicketCommit = 19,
  kTicketRead = 20,
  kTicketRemove = 21,
  kTicketPlay = 22,
  kTicketOrder = 23,
  kSettingsRead = 32,
  kSettingsWrite = 33,
  kSettingsDefaults = 34,
  kCalibrationRead = 35,
  kCalibrationWrite = 36,
  kMeasure = 48,
  kOutput = 49,
};

enum class Result : uint8_t {
  kOk = 0,
  kVersion = 1,
  kCommand = 2,
  kSize = 3,
  kValue = 4,
  kBusy = 5,
  kEmpty = 6,
  kTicket = 7,
  kPlace = 8,
  kSpace = 9,
  kFlash = 10,
};

enum class Target : uint8_t {
  kModule,
  kLoader,
};

enum class SlotState : uint8_t {
  kEmpty,
  kPartial,
  kValid,
  kBroken,
};

enum class Voice : uint8_t {
  kNone,
  kTone,
  kImpact,
  kTexture,
};

struct Slot {
  uint64_t checksum;  // the ticket's own, from its header
  uint32_t size;  // B, of the whole ticket
  uint32_t there;  // B, have arrived, of a partial one
  char name[32];  // the ticket's
  uint8_t state;  // a SlotState
  uint8_t voice;  // a Voice; 0 too from firmware that does not say
  uint8_t reserved[6];  // 0
};
static_assert(sizeof(Slot) == 56);

struct RebootRequest {
  uint8_t target;  // a Target
};
static_assert(sizeof(RebootRequest) == 1);

struct InfoAnswer {
  char firmware[16];  // version of the firmware
  char build[16];  // which build of it
  char ticket[32];  // name of the ticket that plays
  uint32_t boots;  // times that it was switched on or started anew
  uint32_t blocks;  // audio interrupts; one a millisecond
  uint32_t frames;  // runs of the network
  uint32_t late_frames;  // not ready when they were due
  uint32_t late_blocks;  // not finished when the next was due
  uint32_t late_scans;  // of the knobs and jacks, not finished in time
  uint32_t bad_frames;  // of this protocol, that were damaged
  uint32_t block_cycles_mean;  // cycles, of an audio interrupt
  uint32_t block_cycles_worst;  // cycles, of an audio interrupt
  uint32_t frame_cycles_mean;  // cycles, of a run of the network
  uint32_t frame_cycles_worst;  // cycles, of a run of the network
  float load_mean;  // share of the time that both take, 0..1
  float load_worst;  // the same with the worst of both, 0..1
  uint32_t fault_exception;  // last fault's exception; 0: there was none
  uint32_t fault_pc;  // where it happened
  uint32_t fault_lr;  // where that was called from
  uint32_t fault_xpsr;
  uint32_t fault_cfsr;
  uint32_t fault_hfsr;
  uint32_t fault_mmfar;
  uint32_t fault_bfar;
  uint8_t board;  // 0 AK4556, 1 PCM3060, 2 WM8731: the Seed's codec
  uint8_t state;  // 0 starting, 1 playing, 2 silent, 3 stopped
  uint8_t error;  // of firmware/daisy/error.h
  uint8_t slot;  // that plays; 8: the ticket built into the firmware
  uint8_t start;  // why it started: 0 not known, 1 power on, 2 a dip of the supply, 3 RESET, 4 asked to, 5 its watchdog
  uint8_t reserved[3];  // 0
};
static_assert(sizeof(InfoAnswer) == 156);

struct StatusAnswer {
  uint32_t blocks;  // since it was switched on; one a millisecond
  float knobs[8];  // 0..1, in the panel's order
  float cv_volts[6];  // V, at the jacks, calibrated, in the panel's order
  float cv_out_volts;  // V, at the jack CV
  float input_db;  // dB, peak at IN over the last block, 0 is full scale
  float output_db;  // dB, peak at L and R over the last block, 0 is full scale
  float load;  // share of the time that is used, 0..1
  uint16_t cv_words[6];  // of the ADC
  uint8_t gates;  // bit 0 GATE, bit 1 DRAW, bit 2 the button SLOT
  uint8_t gate_out;  // 1: high
  uint8_t lights;  // bit i is light i + 1
  uint8_t slot;  // that plays; 8: the ticket built into the firmware
};
static_assert(sizeof(StatusAnswer) == 92);

struct TicketListAnswer {
  Slot slots[8];
  uint8_t order[8];  // slots, first to last
};
static_assert(sizeof(TicketListAnswer) == 456);

struct TicketBeginRequest {
  uint64_t checksum;  // the ticket's own, from its header
  uint32_t size;  // B, of the whole ticket
  uint8_t slot;
  uint8_t reserved[3];  // 0
};
static_assert(sizeof(TicketBeginRequest) == 16);

struct TicketBeginAnswer {
  uint32_t there;  // B, have arrived already; send the rest
};
static_assert(sizeof(TicketBeginAnswer) == 4);

struct TicketWriteRequest {
  uint32_t offset;  // B, of this piece; where the last one ended
  uint8_t slot;
  uint8_t reserved[3];  // 0
};
static_assert(sizeof(TicketWriteRequest) == 8);

struct TicketWriteAnswer {
  uint32_t there;  // B, have arrived
};
static_assert(sizeof(TicketWriteAnswer) == 4);

struct TicketCommitRequest {
  uint8_t slot;
};
static_assert(sizeof(TicketCommitRequest) == 1);

struct TicketReadRequest {
  uint32_t offset;  // B
  uint16_t size;  // B, at most `data_bytes`
  uint8_t slot;
  uint8_t reserved;  // 0
};
static_assert(sizeof(TicketReadRequest) == 8);

struct TicketRemoveRequest {
  uint8_t slot;
};
static_assert(sizeof(TicketRemoveRequest) == 1);

struct TicketPlayRequest {
  uint8_t slot;  // 8: the ticket built into the firmware
};
static_assert(sizeof(TicketPlayRequest) == 1);

struct TicketOrderRequest {
  uint8_t order[8];  // each slot once, first to last
};
static_assert(sizeof(TicketOrderRequest) == 8);

struct MeasureRequest {
  uint16_t blocks;  // ms, 1..1000
};
static_assert(sizeof(MeasureRequest) == 2);

struct MeasureAnswer {
  float mean[6];  // word, in the panel's order
  uint16_t minimum[6];
  uint16_t maximum[6];
};
static_assert(sizeof(MeasureAnswer) == 48);

struct OutputRequest {
  uint16_t word;  // of the DAC, 0..4095
  uint8_t hold;  // 0: lets go at once
  uint8_t reserved;  // 0
};
static_assert(sizeof(OutputRequest) == 4);

}  // namespace tombola::protocol
