// The module's end of the serial protocol (docs/formats/protocol.md): takes
// requests from a port, has them done, and sends the answers. Portable.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/protocol/frame.h"
#include "firmware/module/services.h"

namespace tombola {

// Bytes to and from the other side. Neither waits.
class Wire {
 public:
  // Up to `limit` bytes that have come; returns how many.
  virtual size_t Read(uint8_t* bytes, size_t limit) = 0;
  // Takes as many of `count` bytes as there is room for; returns how many.
  virtual size_t Write(const uint8_t* bytes, size_t count) = 0;

 protected:
  ~Wire() = default;
};

class Link {
 public:
  Link(Wire* wire, Services* services) : wire_(wire), services_(services) {}

  // One turn of the main loop: sends what is left of an answer, or looks at a
  // few hundred bytes and does at most one request. However much comes, the
  // main loop goes round. True when there was anything to do: then there may be
  // more, and the main loop does not sleep before the next turn.
  bool Process();

 private:
  enum class Turn : uint8_t { kListen, kDo, kSend };

  // Each returns whether it got anywhere.
  bool Listen();
  bool Do();
  bool Send();

  Outcome Dispatch(const Frame& request);
  void Finish(const Frame& request, const Outcome& outcome);
  Outcome PrepareReboot(const protocol::RebootRequest& request);
  Outcome Info();

  // Commands by what they take and give.
  Outcome Call(Outcome (Services::*method)());
  Outcome Call(Outcome (Services::*method)(Bytes));
  Outcome Call(Outcome (Services::*method)(Room*));
  template <typename Answer>
  Outcome Call(Outcome (Services::*method)(Answer*));
  template <typename Request>
  Outcome Call(Outcome (Services::*method)(const Request&));
  template <typename Request>
  Outcome Call(Outcome (Services::*method)(const Request&, Room*));
  template <typename Request, typename Answer>
  Outcome Call(Outcome (Services::*method)(const Request&, Answer*));
  template <typename Request, typename Answer>
  Outcome Call(Outcome (Services::*method)(const Request&, Bytes, Answer*));

  // Takes the request's fields off its body. False when there are too few
  // bytes, or too many and none may follow.
  template <typename Request>
  bool Take(Request* request, bool tail = false);
  template <typename Answer>
  void Give(const Answer& answer);

  Wire* const wire_;
  Services* const services_;
  FrameReader reader_;
  FrameWriter writer_;
  Turn turn_ = Turn::kListen;
  Bytes body_ = {};    // of the request, as far as it is not taken yet
  size_t given_ = 0;   // of the answer's body
  size_t sent_ = 0;    // of the answer on the wire
  size_t unread_ = 0;  // of input_, from read_ on
  size_t read_ = 0;
  bool reboots_ = false;  // when the answer is sent
  protocol::Target target_ = protocol::Target::kModule;
  uint8_t input_[64];
};

}  // namespace tombola
