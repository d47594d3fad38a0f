#include "firmware/module/module_services.h"

#include <algorithm>
#include <cstring>

#include "firmware/core/dsp/math.h"
#include "firmware/core/storage/fields.h"
#include "firmware/generated/version.h"

namespace tombola {
namespace {

using protocol::Result;
using protocol::SlotState;

constexpr uint32_t kHold = 2000;  // ms for which OUTPUT holds the jack CV
constexpr uint16_t kMostBlocks = 1000;
constexpr uint16_t kMostWord = 4095;

constexpr float kSilence = -150.0f;  // dB

float Decibels(int32_t peak) {
  constexpr float kDecibelsAnOctave = 6.0206f;
  if (peak <= 0) return kSilence;
  return kDecibelsAnOctave *
         Log2(static_cast<float>(peak) / static_cast<float>(kFullScale));
}

// `to` is zero, and stays ended by a zero or full.
template <size_t kSize>
void CopyText(const char* text, char (&to)[kSize]) {
  std::memcpy(to, text, std::min(std::strlen(text), kSize));
}

// 8 digits.
void CopyHex(uint32_t number, char* to) {
  for (int shift = 28; shift >= 0; shift -= 4) {
    *to++ = "0123456789abcdef"[number >> shift & 0xF];
  }
}

Outcome ToOutcome(StoreError error, const char* why) {
  switch (error) {
    case StoreError::kNone:
      return {};
    case StoreError::kSlot:
      return {Result::kValue, why};
    case StoreError::kEmpty:
      return {Result::kEmpty};
    case StoreError::kSize:
      return {Result::kSpace, why};
    case StoreError::kNotBegun:
    case StoreError::kOffset:
    case StoreError::kIncomplete:
      return {Result::kPlace, why};
    case StoreError::kTicket:
      return {Result::kTicket, why};
    case StoreError::kFlash:
      return {Result::kFlash, why};
  }
  return {Result::kFlash, why};
}

Outcome ToOutcome(StoreError error) {
  return ToOutcome(error, Describe(error));
}

template <typename Record>
Outcome Read(const Record& record, Room* room) {
  static_assert(Record::kBytes <= protocol::kDataBytes);
  Pack(record, room->data);
  room->size = Record::kBytes;
  return {};
}

// Over what is in force, so that an older tool leaves alone what it does not
// know. Why is the name of the first field that is out of its range.
template <typename Record>
Outcome Write(Bytes bytes, Record* record) {
  if (!EndsAtField(Record::Fields(), bytes.size)) return {Result::kSize};
  UnpackFields(Record::Fields(), bytes.data, bytes.size, record);
  const char* field = Validate(record);
  if (field != nullptr) return {Result::kValue, field};
  return {};
}

}  // namespace

Outcome ModuleServices::Info(protocol::InfoAnswer* answer) {
  const tombola::Status& status = *parts_.status;
  const Load load = parts_.load->Look();
  CopyText(kVersion, answer->firmware);
  CopyHex(parts_.build, answer->build);
  CopyText(parts_.slots->name(), answer->ticket);
  answer->boots = status.boots;
  answer->blocks = status.blocks;
  answer->frames = status.frames;
  answer->late_frames = status.late_frames;
  answer->late_blocks = status.late_blocks;
  answer->late_scans = status.late_scans;
  answer->block_cycles_mean = load.block.mean;
  answer->block_cycles_worst = load.block.worst;
  answer->frame_cycles_mean = load.frame.mean;
  answer->frame_cycles_worst = load.frame.worst;
  answer->load_mean = load.mean;
  answer->load_worst = load.worst;
  answer->fault_exception = status.fault.exception;
  answer->fault_pc = status.fault.pc;
  answer->fault_lr = status.fault.lr;
  answer->fault_xpsr = status.fault.xpsr;
  answer->fault_cfsr = status.fault.cfsr;
  answer->fault_hfsr = status.fault.hfsr;
  answer->fault_mmfar = status.fault.mmfar;
  answer->fault_bfar = status.fault.bfar;
  answer->board = static_cast<uint8_t>(status.board);
  answer->state = static_cast<uint8_t>(status.state);
  answer->error = static_cast<uint8_t>(status.error);
  answer->slot = parts_.slots->playing();
  answer->start = static_cast<uint8_t>(status.start);
  return {};
}

Outcome ModuleServices::Status(protocol::StatusAnswer* answer) {
  const Snapshot snapshot = parts_.instrument->Look();
  const Calibration& calibration = parts_.preferences->calibration();
  answer->blocks = parts_.status->blocks;
  std::copy_n(snapshot.knobs, int{kKnobCount}, answer->knobs);
  std::copy_n(snapshot.cv_volts, int{kCvCount}, answer->cv_volts);
  std::copy_n(snapshot.cv_words, int{kCvCount}, answer->cv_words);
  answer->cv_out_volts =
      calibration.out_zero_volts +
      (calibration.out_full_volts - calibration.out_zero_volts) *
          static_cast<float>(snapshot.cv_out_word) * (1.0f / kMostWord);
  answer->input_db = Decibels(snapshot.in_peak);
  answer->output_db = Decibels(snapshot.out_peak);
  answer->load = parts_.load->Look().mean;
  answer->gates = snapshot.gates;
  answer->gate_out = snapshot.gate_out;
  answer->lights = snapshot.lights;
  answer->slot = parts_.slots->playing();
  return {};
}

static_assert(static_cast<uint16_t>(protocol::Voice::kTone) == kVoiceTone &&
                  static_cast<uint16_t>(protocol::Voice::kImpact) ==
                      kVoiceImpact &&
                  static_cast<uint16_t>(protocol::Voice::kTexture) ==
                      kVoiceTexture,
              "numbered as in tickets");

protocol::Slot ModuleServices::Describe(int slot) const {
  protocol::Slot described = {};
  const SlotImage image = parts_.store->Get(slot);
  const TicketStore::Transfer transfer = parts_.store->transfer();
  if (image.image != nullptr) {
    Ticket ticket;
    const TicketError error = ticket.Load(image.image, image.size);
    described.state = static_cast<uint8_t>(
        error == TicketError::kNone ? SlotState::kValid : SlotState::kBroken);
    if (error != TicketError::kNone) return described;
    described.size = image.size;
    described.checksum = tombola::Read<HeaderRecord>(image.image).checksum;
    described.voice = static_cast<uint8_t>(ticket.voice().voice);
    CopyText(ticket.voice().name, described.name);
  } else if (transfer.size != 0 && transfer.slot == slot) {
    described.state = static_cast<uint8_t>(SlotState::kPartial);
    described.size = transfer.size;
    described.there = transfer.there;
    described.checksum = transfer.checksum;
  }
  return described;
}

Outcome ModuleServices::TicketList(protocol::TicketListAnswer* answer) {
  for (int slot = 0; slot < kSlots; ++slot) {
    answer->slots[slot] = Describe(slot);
  }
  std::copy_n(parts_.preferences->settings().order, kSlots, answer->order);
  return {};
}

Outcome ModuleServices::TicketBegin(const protocol::TicketBeginRequest& request,
                                    protocol::TicketBeginAnswer* answer) {
  const StoreError error =
      parts_.store->Begin(request.slot, request.size, request.checksum);
  answer->there = parts_.store->transfer().there;
  return ToOutcome(error);
}

Outcome ModuleServices::TicketWrite(const protocol::TicketWriteRequest& request,
                                    Bytes piece,
                                    protocol::TicketWriteAnswer* answer) {
  if (parts_.store->transfer().slot != request.slot) {
    return ToOutcome(StoreError::kNotBegun);
  }
  const StoreError error = parts_.store->Write(
      request.offset, piece.data, static_cast<uint32_t>(piece.size));
  answer->there = parts_.store->transfer().there;
  return ToOutcome(error);
}

Outcome ModuleServices::TicketCommit(
    const protocol::TicketCommitRequest& request) {
  if (parts_.store->transfer().slot != request.slot) {
    return ToOutcome(StoreError::kNotBegun);
  }
  const StoreError error = parts_.store->Commit();
  return ToOutcome(error, error == StoreError::kTicket
                              ? tombola::Describe(parts_.store->ticket_error())
                              : tombola::Describe(error));
}

Outcome ModuleServices::TicketRead(const protocol::TicketReadRequest& request,
                                   Room* piece) {
  if (request.slot >= kSlots) return ToOutcome(StoreError::kSlot);
  const SlotImage image = parts_.store->Get(request.slot);
  if (image.image == nullptr) return {Result::kEmpty};
  const uint32_t size = std::min(image.size, kAreaBytes);
  const uint32_t offset = std::min(request.offset, size);
  piece->size =
      std::min({piece->size, size_t{request.size}, size_t{size - offset}});
  std::copy_n(image.image + offset, piece->size, piece->data);
  return {};
}

Outcome ModuleServices::TicketRemove(
    const protocol::TicketRemoveRequest& request) {
  return ToOutcome(parts_.store->Remove(request.slot));
}

Outcome ModuleServices::TicketPlay(const protocol::TicketPlayRequest& request) {
  const uint8_t slot = request.slot;
  if (slot > Slots::kBuiltIn) return ToOutcome(StoreError::kSlot);
  if (slot < kSlots && parts_.store->Get(slot).image == nullptr) {
    return {Result::kEmpty};
  }
  if (parts_.slots->busy()) return {Result::kOk, nullptr, true};
  const char* why = parts_.panel->Play(slot);
  if (why != nullptr) return {Result::kTicket, why};
  return {};
}

Outcome ModuleServices::TicketOrder(
    const protocol::TicketOrderRequest& request) {
  Settings settings = parts_.preferences->settings();
  std::copy_n(request.order, kSlots, settings.order);
  const char* field = Validate(&settings);
  if (field != nullptr) return {Result::kValue, field};
  parts_.preferences->Set(settings);
  return {};
}

Outcome ModuleServices::SettingsRead(Room* record) {
  return Read(parts_.preferences->settings(), record);
}

Outcome ModuleServices::SettingsWrite(Bytes record) {
  Settings settings = parts_.preferences->settings();
  const Outcome outcome = Write(record, &settings);
  if (outcome.result == Result::kOk) parts_.preferences->Set(settings);
  return outcome;
}

Outcome ModuleServices::SettingsDefaults() {
  parts_.preferences->Set(Settings());
  return {};
}

Outcome ModuleServices::CalibrationRead(Room* record) {
  return Read(parts_.preferences->calibration(), record);
}

Outcome ModuleServices::CalibrationWrite(Bytes record) {
  Calibration calibration = parts_.preferences->calibration();
  const Outcome outcome = Write(record, &calibration);
  if (outcome.result != Result::kOk) return outcome;
  if (!parts_.preferences->Set(calibration)) return {Result::kFlash};
  return {};
}

Outcome ModuleServices::Measure(const protocol::MeasureRequest& request,
                                protocol::MeasureAnswer* answer) {
  Measurer& measurer = parts_.instrument->measurer();
  if (parts_.panel->measures()) {
    measures_ = false;
    return {Result::kBusy, "it is calibrating itself"};
  }
  if (request.blocks == 0 || request.blocks > kMostBlocks) {
    return {Result::kValue, "MEASURE takes 1 to 1000 blocks"};
  }
  if (!measures_) measurer.Start(request.blocks);
  measures_ = !measurer.done();
  if (measures_) return {Result::kOk, nullptr, true};
  const Measurement measured = measurer.result();
  std::copy_n(measured.mean, int{kCvCount}, answer->mean);
  std::copy_n(measured.lowest, int{kCvCount}, answer->minimum);
  std::copy_n(measured.highest, int{kCvCount}, answer->maximum);
  return {};
}

Outcome ModuleServices::Output(const protocol::OutputRequest& request) {
  if (request.word > kMostWord) {
    return {Result::kValue, "OUTPUT's word is 0 to 4095"};
  }
  parts_.instrument->HoldCv(request.word, request.hold != 0 ? kHold : 0);
  return {};
}

}  // namespace tombola
