#include "firmware/module/link.h"

#include <algorithm>
#include <cstring>

#include "firmware/generated/panel.h"

namespace tombola {
namespace {

using protocol::Command;
using protocol::Result;

static_assert(sizeof(protocol::StatusAnswer::knobs) / sizeof(float) ==
              kKnobCount);
static_assert(sizeof(protocol::StatusAnswer::cv_volts) / sizeof(float) ==
              kCvCount);

// Read in one turn of the main loop: 64 bytes eight times.
constexpr int kReads = 8;

constexpr Outcome kWrongSize = {Result::kSize, nullptr, false};

}  // namespace

bool Link::Process() {
  bool worked = false;
  if (turn_ == Turn::kListen) worked = Listen();
  if (turn_ == Turn::kDo) worked = Do() || worked;
  if (turn_ == Turn::kSend) worked = Send() || worked;
  return worked;
}

bool Link::Listen() {
  for (int i = 0; i < kReads; ++i) {
    if (unread_ == 0) {
      read_ = 0;
      unread_ = wire_->Read(input_, sizeof(input_));
      if (unread_ == 0) return i > 0;
    }
    while (unread_ > 0) {
      --unread_;
      if (reader_.Put(input_[read_++])) {
        turn_ = Turn::kDo;
        return true;
      }
    }
  }
  return true;
}

bool Link::Do() {
  const Frame request = reader_.frame();
  body_ = {request.body, request.size};
  given_ = 0;
  const Outcome outcome = Dispatch(request);
  if (!outcome.later) Finish(request, outcome);
  return !outcome.later;
}

void Link::Finish(const Frame& request, const Outcome& outcome) {
  if (outcome.result != Result::kOk) {
    const char* why = outcome.why == nullptr ? "" : outcome.why;
    given_ = std::min(std::strlen(why), size_t{protocol::kBodyBytes});
    std::memcpy(writer_.body(), why, given_);
  }
  writer_.Finish(request, outcome.result, given_);
  sent_ = 0;
  turn_ = Turn::kSend;
}

bool Link::Send() {
  const size_t taken =
      wire_->Write(writer_.wire() + sent_, writer_.wire_size() - sent_);
  sent_ += taken;
  if (sent_ < writer_.wire_size()) return taken > 0;
  turn_ = Turn::kListen;
  if (reboots_) {
    reboots_ = false;
    services_->Reboot(target_);
  }
  return true;
}

Outcome Link::Dispatch(const Frame& request) {
  const auto command = static_cast<Command>(request.command);
  if (command == Command::kReboot) {
    protocol::RebootRequest reboot;
    return Take(&reboot) ? PrepareReboot(reboot) : kWrongSize;
  }
  if (request.version != protocol::kVersion) return {Result::kVersion};
  switch (command) {
    case Command::kReboot:
      break;
    case Command::kInfo:
      return Info();
    case Command::kStatus:
      return Call(&Services::Status);
    case Command::kTicketList:
      return Call(&Services::TicketList);
    case Command::kTicketBegin:
      return Call(&Services::TicketBegin);
    case Command::kTicketWrite:
      return Call(&Services::TicketWrite);
    case Command::kTicketCommit:
      return Call(&Services::TicketCommit);
    case Command::kTicketRead:
      return Call(&Services::TicketRead);
    case Command::kTicketRemove:
      return Call(&Services::TicketRemove);
    case Command::kTicketPlay:
      return Call(&Services::TicketPlay);
    case Command::kTicketOrder:
      return Call(&Services::TicketOrder);
    case Command::kSettingsRead:
      return Call(&Services::SettingsRead);
    case Command::kSettingsWrite:
      return Call(&Services::SettingsWrite);
    case Command::kSettingsDefaults:
      return Call(&Services::SettingsDefaults);
    case Command::kCalibrationRead:
      return Call(&Services::CalibrationRead);
    case Command::kCalibrationWrite:
      return Call(&Services::CalibrationWrite);
    case Command::kMeasure:
      return Call(&Services::Measure);
    case Command::kOutput:
      return Call(&Services::Output);
  }
  return {Result::kCommand};
}

Outcome Link::PrepareReboot(const protocol::RebootRequest& request) {
  if (request.target > static_cast<uint8_t>(protocol::Target::kLoader)) {
    return {Result::kValue, "REBOOT leads to the module (0) or its loader (1)"};
  }
  target_ = static_cast<protocol::Target>(request.target);
  reboots_ = true;
  return {};
}

Outcome Link::Info() {
  if (body_.size != 0) return kWrongSize;
  protocol::InfoAnswer answer = {};
  const Outcome outcome = services_->Info(&answer);
  answer.bad_frames = reader_.damaged();
  Give(answer);
  return outcome;
}

template <typename Request>
bool Link::Take(Request* request, bool tail) {
  if (body_.size < sizeof(Request)) return false;
  if (body_.size > sizeof(Request) && !tail) return false;
  std::memcpy(request, body_.data, sizeof(Request));
  body_ = {body_.data + sizeof(Request), body_.size - sizeof(Request)};
  return true;
}

template <typename Answer>
void Link::Give(const Answer& answer) {
  static_assert(sizeof(Answer) <= protocol::kBodyBytes);
  std::memcpy(writer_.body(), &answer, sizeof(Answer));
  given_ = sizeof(Answer);
}

Outcome Link::Call(Outcome (Services::*method)()) {
  return body_.size == 0 ? (services_->*method)() : kWrongSize;
}

Outcome Link::Call(Outcome (Services::*method)(Bytes)) {
  return (services_->*method)(body_);
}

Outcome Link::Call(Outcome (Services::*method)(Room*)) {
  if (body_.size != 0) return kWrongSize;
  Room room = {writer_.body(), protocol::kDataBytes};
  const Outcome outcome = (services_->*method)(&room);
  given_ = room.size;
  return outcome;
}

template <typename Answer>
Outcome Link::Call(Outcome (Services::*method)(Answer*)) {
  if (body_.size != 0) return kWrongSize;
  Answer answer = {};
  const Outcome outcome = (services_->*method)(&answer);
  Give(answer);
  return outcome;
}

template <typename Request>
Outcome Link::Call(Outcome (Services::*method)(const Request&)) {
  Request request;
  return Take(&request) ? (services_->*method)(request) : kWrongSize;
}

template <typename Request>
Outcome Link::Call(Outcome (Services::*method)(const Request&, Room*)) {
  Request request;
  if (!Take(&request)) return kWrongSize;
  Room room = {writer_.body(), protocol::kDataBytes};
  const Outcome outcome = (services_->*method)(request, &room);
  given_ = room.size;
  return outcome;
}

template <typename Request, typename Answer>
Outcome Link::Call(Outcome (Services::*method)(const Request&, Answer*)) {
  Request request;
  if (!Take(&request)) return kWrongSize;
  Answer answer = {};
  const Outcome outcome = (services_->*method)(request, &answer);
  Give(answer);
  return outcome;
}

template <typename Request, typename Answer>
Outcome Link::Call(Outcome (Services::*method)(const Request&, Bytes,
                                               Answer*)) {
  Request request;
  if (!Take(&request, true)) return kWrongSize;
  Answer answer = {};
  const Outcome outcome = (services_->*method)(request, body_, &answer);
  Give(answer);
  return outcome;
}

}  // namespace tombola
