// What the module does for the link, a method for each command of
// firmware/schema/protocol.toml.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/generated/protocol.h"

namespace tombola {

// How a command went. `why`, which stays where it is, says more exactly what is
// wrong; nullptr: nothing more. `later`: it is not done yet and wants to be
// called again, with the same request, in the main loop's next turn.
struct Outcome {
  protocol::Result result = protocol::Result::kOk;
  const char* why = nullptr;
  bool later = false;
};

// What follows a request's fields.
struct Bytes {
  const uint8_t* data;
  size_t size;
};

// Where to put what follows an answer's fields; `size` has room at first, and
// then says how much was put.
struct Room {
  uint8_t* data;
  size_t size;
};

// Every method runs in the main loop. Answers come in all zero. What a module
// does not do is an unknown command.
class Services {
 public:
  // Called when its answer has been handed to the wire.
  virtual void Reboot(protocol::Target target) = 0;

  virtual Outcome Info(protocol::InfoAnswer* answer) = 0;
  virtual Outcome Status(protocol::StatusAnswer* answer) = 0;

  virtual Outcome TicketList(protocol::TicketListAnswer*) { return kUnknown; }
  virtual Outcome TicketBegin(const protocol::TicketBeginRequest&,
                              protocol::TicketBeginAnswer*) {
    return kUnknown;
  }
  virtual Outcome TicketWrite(const protocol::TicketWriteRequest&, Bytes,
                              protocol::TicketWriteAnswer*) {
    return kUnknown;
  }
  virtual Outcome TicketCommit(const protocol::TicketCommitRequest&) {
    return kUnknown;
  }
  virtual Outcome TicketRead(const protocol::TicketReadRequest&, Room*) {
    return kUnknown;
  }
  virtual Outcome TicketRemove(const protocol::TicketRemoveRequest&) {
    return kUnknown;
  }
  virtual Outcome TicketPlay(const protocol::TicketPlayRequest&) {
    return kUnknown;
  }
  virtual Outcome TicketOrder(const protocol::TicketOrderRequest&) {
    return kUnknown;
  }

  virtual Outcome SettingsRead(Room*) { return kUnknown; }
  virtual Outcome SettingsWrite(Bytes) { return kUnknown; }
  virtual Outcome SettingsDefaults() { return kUnknown; }
  virtual Outcome CalibrationRead(Room*) { return kUnknown; }
  virtual Outcome CalibrationWrite(Bytes) { return kUnknown; }

  virtual Outcome Measure(const protocol::MeasureRequest&,
                          protocol::MeasureAnswer*) {
    return kUnknown;
  }
  virtual Outcome Output(const protocol::OutputRequest&) { return kUnknown; }

 protected:
  ~Services() = default;

  static constexpr Outcome kUnknown = {protocol::Result::kCommand, nullptr,
                                       false};
};

}  // namespace tombola
