// libFuzzer's target: any bytes arrive at the module's serial port, first as
// they are, then as the bodies of requests that are whole.
#include <algorithm>
#include <cstring>
#include <vector>

#include "firmware/core/protocol/cobs.h"
#include "firmware/core/protocol/crc32.h"
#include "firmware/module/link.h"

namespace tombola {
namespace {

// The longest request, and then some: MEASURE asks for a thousand turns.
constexpr int kTurns = 2000;

// Does with each request what reads and writes all that it may.
class FuzzServices : public Services {
 public:
  void Reboot(protocol::Target) override {}
  Outcome Info(protocol::InfoAnswer*) override { return {}; }
  Outcome Status(protocol::StatusAnswer*) override { return {}; }
  Outcome TicketList(protocol::TicketListAnswer*) override { return {}; }
  Outcome TicketWrite(const protocol::TicketWriteRequest&, Bytes piece,
                      protocol::TicketWriteAnswer* answer) override {
    answer->there = Crc32(piece.data, piece.size);
    return {};
  }
  Outcome TicketRead(const protocol::TicketReadRequest& request,
                     Room* room) override {
    room->size = std::min<size_t>(room->size, request.size);
    std::memset(room->data, 0, room->size);
    return {};
  }
  Outcome SettingsWrite(Bytes record) override {
    return {Crc32(record.data, record.size) % 2 == 0 ? protocol::Result::kOk
                                                     : protocol::Result::kValue,
            "odd"};
  }
  Outcome Measure(const protocol::MeasureRequest& request,
                  protocol::MeasureAnswer*) override {
    if (turns_++ < request.blocks % 1000) return {{}, nullptr, true};
    turns_ = 0;
    return {};
  }

 private:
  int turns_ = 0;
};

class FuzzPort : public Wire {
 public:
  explicit FuzzPort(const std::vector<uint8_t>& input) : input_(input) {}

  size_t Read(uint8_t* bytes, size_t limit) override {
    const size_t count = std::min(limit, input_.size() - read_);
    std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(read_), count,
                bytes);
    read_ += count;
    return count;
  }
  // Takes a third at a time.
  size_t Write(const uint8_t* bytes, size_t count) override {
    const size_t taken = (count + 2) / 3;
    answers_ += std::count(bytes, bytes + taken, 0);
    return taken;
  }

  bool done() const { return read_ == input_.size(); }
  long answers() const { return answers_; }

 private:
  const std::vector<uint8_t>& input_;
  size_t read_ = 0;
  long answers_ = 0;
};

// Returns how many requests were answered.
long Run(const std::vector<uint8_t>& input) {
  FuzzServices services;
  FuzzPort port(input);
  Link link(&port, &services);
  for (size_t turn = 0; !port.done(); ++turn) {
    if (turn > input.size() * kTurns) __builtin_trap();  // stuck
    link.Process();
  }
  for (int i = 0; i < kTurns; ++i) link.Process();
  return port.answers();
}

std::vector<uint8_t> Request(const uint8_t* data, size_t size) {
  std::vector<uint8_t> frame = {protocol::kVersion};
  frame.insert(frame.end(), data, data + size);
  const uint32_t crc = Crc32(frame.data(), frame.size());
  for (int i = 0; i < 4; ++i) {
    frame.push_back(static_cast<uint8_t>(crc >> 8 * i));
  }
  std::vector<uint8_t> wire(CobsBytes(frame.size()));
  wire.resize(CobsStuff(frame.data(), frame.size(), wire.data()));
  wire.push_back(0);
  return wire;
}

}  // namespace
}  // namespace tombola

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tombola;
  std::vector<uint8_t> input(data, data + size);
  Run(input);
  // Sequence, command and a body that fits.
  constexpr size_t kShortest = 2;
  if (size < kShortest || size > kShortest + protocol::kBodyBytes) return 0;
  input.push_back(0);
  const long noise = Run(input);
  const std::vector<uint8_t> request = Request(data, size);
  input.insert(input.end(), request.begin(), request.end());
  if (Run(input) != noise + 1) __builtin_trap();  // a whole frame is answered
  return 0;
}
