// A link between a port and services that are a test's.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/protocol/cobs.h"
#include "firmware/core/protocol/crc32.h"
#include "firmware/module/link.h"

namespace tombola {

class BenchServices : public Services {
 public:
  void Reboot(protocol::Target where) override {
    ++reboots;
    target = where;
  }
  Outcome Info(protocol::InfoAnswer* answer) override {
    answer->boots = 3;
    return {};
  }
  Outcome Status(protocol::StatusAnswer* answer) override {
    answer->knobs[3] = 0.25f;
    return {};
  }
  Outcome TicketWrite(const protocol::TicketWriteRequest& request, Bytes piece,
                      protocol::TicketWriteAnswer* answer) override {
    answer->there = request.offset + static_cast<uint32_t>(piece.size);
    return {};
  }
  Outcome TicketRead(const protocol::TicketReadRequest& request,
                     Room* room) override {
    if (request.size > room->size) return {protocol::Result::kValue};
    room->size = request.size;
    for (size_t i = 0; i < room->size; ++i) {
      room->data[i] = static_cast<uint8_t>(request.offset + i);
    }
    return {};
  }
  Outcome SettingsWrite(Bytes record) override {
    last.assign(record.data, record.data + record.size);
    return {};
  }
  Outcome Measure(const protocol::MeasureRequest& request,
                  protocol::MeasureAnswer*) override {
    return {protocol::Result::kOk, nullptr, measured++ < request.blocks % 16};
  }
  Outcome Output(const protocol::OutputRequest& request) override {
    if (request.word < 4096) return {};
    return {protocol::Result::kValue, "the DAC has 4096 words"};
  }

  int reboots = 0;
  int measured = 0;
  protocol::Target target = protocol::Target::kModule;
  std::vector<uint8_t> last;
};

class LinkBench : public Wire {
 public:
  struct Answer {
    int version;
    int sequence;
    int command;
    protocol::Result result;
    std::vector<uint8_t> body;
  };

  // Its own services, or others.
  LinkBench() : link(this, &services) {}
  explicit LinkBench(Services* others) : link(this, others) {}

  size_t Read(uint8_t* bytes, size_t limit) override {
    const size_t count = std::min(limit, input.size());
    std::copy_n(input.begin(), count, bytes);
    input.erase(input.begin(),
                input.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  size_t Write(const uint8_t* bytes, size_t count) override {
    count = std::min(count, room);
    output.insert(output.end(), bytes, bytes + count);
    return count;
  }

  static std::vector<uint8_t> Request(protocol::Command command,
                                      const std::vector<uint8_t>& body,
                                      uint8_t sequence, uint8_t version) {
    std::vector<uint8_t> frame = {version, sequence,
                                  static_cast<uint8_t>(command)};
    frame.insert(frame.end(), body.begin(), body.end());
    const uint32_t crc = Crc32(frame.data(), frame.size());
    for (int i = 0; i < 4; ++i) {
      frame.push_back(static_cast<uint8_t>(crc >> 8 * i));
    }
    std::vector<uint8_t> wire(CobsBytes(frame.size()));
    wire.resize(CobsStuff(frame.data(), frame.size(), wire.data()));
    wire.push_back(0);
    return wire;
  }

  void Send(protocol::Command command, const std::vector<uint8_t>& body = {},
            uint8_t sequence = 1, uint8_t version = protocol::kVersion) {
    const auto wire = Request(command, body, sequence, version);
    input.insert(input.end(), wire.begin(), wire.end());
  }

  // Noise, a request, or a part of one, with any body; often of a length that
  // some request has.
  static std::vector<uint8_t> Garbage(Xorshift* random) {
    constexpr size_t kLengths[] = {0, 1, 2, 4, 8, 16};
    std::vector<uint8_t> body(random->Next() % 4 == 0
                                  ? random->Next() % 1100
                                  : kLengths[random->Next() % 6]);
    // Slots, choices and flags are small numbers.
    const uint32_t most = random->Next() % 2 == 0 ? 3 : 256;
    for (uint8_t& byte : body) {
      byte = static_cast<uint8_t>(random->Next() % most);
    }
    if (random->Next() % 4 == 0) return body;
    const auto command = static_cast<protocol::Command>(random->Next() % 56);
    std::vector<uint8_t> wire =
        Request(command, body, static_cast<uint8_t>(random->Next()),
                random->Next() % 16 == 0 ? 2 : protocol::kVersion);
    const uint32_t harm = random->Next() % 6;
    if (harm == 0) wire.resize(random->Next() % wire.size());
    if (harm == 1)
      wire[random->Next() % wire.size()] ^= 1 << random->Next() % 8;
    return wire;
  }

  bool Answered() const {
    return std::find(output.begin(), output.end(), 0) != output.end();
  }

  // Goes round until the next answer is there, for `turns` at most.
  Answer Receive(int turns = 50) {
    for (int i = 0; i < turns && !Answered(); ++i) link.Process();
    REQUIRE(Answered());
    CobsReader reader;
    std::vector<uint8_t> frame;
    uint8_t out = 0;
    while (output.front() != 0) {
      if (reader.Put(output.front(), &out) == CobsReader::Step::kByte) {
        frame.push_back(out);
      }
      output.pop_front();
    }
    output.pop_front();
    REQUIRE(frame.size() >= 8);
    const size_t covered = frame.size() - 4;
    uint32_t crc = 0;
    std::memcpy(&crc, frame.data() + covered, 4);
    REQUIRE(Crc32(frame.data(), covered) == crc);
    return {frame[0],
            frame[1],
            frame[2],
            static_cast<protocol::Result>(frame[3]),
            {frame.begin() + 4,
             frame.begin() + static_cast<std::ptrdiff_t>(covered)}};
  }

  // Goes round until nothing is left to read or do.
  void Drain() {
    do {
      between();
    } while (link.Process() || !input.empty());
  }

  std::deque<uint8_t> input;
  std::deque<uint8_t> output;
  size_t room = 4096;
  BenchServices services;
  Link link;
  std::function<void()> between = [] {};  // two turns of the main loop
};

}  // namespace tombola
