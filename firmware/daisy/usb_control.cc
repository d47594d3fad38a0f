#include "firmware/daisy/usb_control.h"

#include <algorithm>
#include <cstring>

#include "firmware/daisy/usb_core.h"
#include "firmware/daisy/usb_descriptors.h"

namespace tombola {
namespace {

// A transfer is a set-up, then perhaps data one way, then an empty packet the
// other way that says that it was done. The core is always ready for the next
// set-up, which ends a transfer that the host has given up.
enum class Stage : uint8_t {
  kIdle,
  kDataIn,    // more of `rest` is to go
  kDataOut,   // the host sends a line coding
  kStatusIn,  // our empty packet is on its way
  kStatusOut  // the host's is to come
};

// USB 2.0, table 9-2.
struct Setup {
  uint8_t type;
  uint8_t request;
  uint16_t value;
  uint16_t index;
  uint16_t length;
};
static_assert(sizeof(Setup) == 8, "USB 2.0, table 9-2");

constexpr uint8_t kToHost = 0x80;

// bmRequestType and bRequest in one: USB 2.0, table 9-3; PSTN 1.2, table 13.
constexpr uint16_t Request(uint8_t type, uint8_t request) {
  return static_cast<uint16_t>(type << 8 | request);
}
constexpr uint16_t kGetDeviceStatus = Request(0x80, 0);
constexpr uint16_t kGetInterfaceStatus = Request(0x81, 0);
constexpr uint16_t kGetEndpointStatus = Request(0x82, 0);
constexpr uint8_t kSetFeature = 3;
constexpr uint16_t kClearEndpointFeature = Request(0x02, 1);
constexpr uint16_t kSetEndpointFeature = Request(0x02, kSetFeature);
constexpr uint16_t kSetAddress = Request(0x00, 5);
constexpr uint16_t kGetDescriptor = Request(0x80, 6);
constexpr uint16_t kGetConfiguration = Request(0x80, 8);
constexpr uint16_t kSetConfiguration = Request(0x00, 9);
constexpr uint16_t kGetInterface = Request(0x81, 10);
constexpr uint16_t kSetInterface = Request(0x01, 11);
constexpr uint16_t kSetLineCoding = Request(0x21, 0x20);
constexpr uint16_t kGetLineCoding = Request(0xa1, 0x21);
constexpr uint16_t kSetControlLineState = Request(0x21, 0x22);

constexpr size_t kLineCodingBytes = 7;

Stage stage = Stage::kIdle;
Setup setup;
volatile uint8_t configuration = 0;  // the main loop asks
bool opened = false;                 // the data endpoints, by this set-up
// 115200 baud, one stop bit, no parity, eight bits: kept for whoever asks, and
// without effect.
uint8_t line_coding[kLineCodingBytes] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8};

const uint8_t* rest;
size_t rest_size;
bool ends_empty;  // with an empty packet, or the host would wait for more

void SendRest() {
  const size_t count = std::min(rest_size, kUsbPacket);
  SendUsbPacket(0, rest, count);
  rest += count;
  rest_size -= count;
}

// USB 2.0, 5.5.3: a packet that is not full ends the data, if the host asked
// for more than there is.
void Answer(const void* bytes, size_t size) {
  rest = static_cast<const uint8_t*>(bytes);
  rest_size = std::min<size_t>(size, setup.length);
  ends_empty = rest_size < setup.length && rest_size % kUsbPacket == 0;
  stage = Stage::kDataIn;
  SendRest();
}

void AnswerWith(uint8_t byte) {
  static uint8_t answer;
  answer = byte;
  Answer(&answer, 1);
}

// USB 2.0, 9.4.5: nothing to say of device and interfaces.
void AnswerStatus(bool halted) {
  static uint8_t status[2];
  status[0] = halted ? 1 : 0;
  Answer(status, sizeof(status));
}

void Agree() {
  stage = Stage::kStatusIn;
  SendUsbPacket(0, nullptr, 0);
}

// USB 2.0, 9.2.7: what is not known is answered with STALL.
void Refuse() {
  stage = Stage::kIdle;
  StallUsb(0, true);
  StallUsb(0, false);
}

void AnswerDescriptor() {
  const UsbDescriptor found = FindUsbDescriptor(setup.value);
  if (found.bytes == nullptr) {
    Refuse();
  } else {
    Answer(found.bytes, found.size);
  }
}

void Configure() {
  if (setup.value > kUsbConfiguration) return Refuse();
  configuration = static_cast<uint8_t>(setup.value);
  if (configuration != 0) {
    ForgetUsbPacket(kUsbDataEndpoint);
    OpenUsbEndpoints();
    opened = true;
  }
  Agree();
}

// The endpoint of a request, which has the only feature, ENDPOINT_HALT.
uint32_t Endpoint() { return setup.index & 0xf; }
bool IsIn() { return (setup.index & kToHost) != 0; }
bool HasHalt() {
  return setup.value == 0 && (Endpoint() <= kUsbDataEndpoint ||
                              (Endpoint() == kUsbNoticeEndpoint && IsIn()));
}

// USB 2.0, 9.4.5: cleared, an endpoint begins anew whether it was set or not.
void SetHalt(bool halted) {
  if (!HasHalt()) return Refuse();
  if (Endpoint() != 0) {
    if (halted) {
      StallUsb(Endpoint(), IsIn());
    } else {
      EndUsbStall(Endpoint(), IsIn());
    }
  }
  Agree();
}

void TakeLineCoding() {
  if (setup.length != kLineCodingBytes) return Refuse();
  stage = Stage::kDataOut;
}

}  // namespace

void ResetUsbControl() {
  stage = Stage::kIdle;
  configuration = 0;
}

void TakeUsbSetup(const uint8_t* bytes) {
  std::memcpy(&setup, bytes, sizeof(setup));
}

bool DoUsbSetup() {
  opened = false;
  if (stage == Stage::kDataIn || stage == Stage::kStatusIn) {
    ForgetUsbPacket(0);
  }
  stage = Stage::kIdle;
  switch (Request(setup.type, setup.request)) {
    case kGetDescriptor:
      AnswerDescriptor();
      break;
    case kSetAddress:
      SetUsbAddress(setup.value);  // the core waits for the status stage
      Agree();
      break;
    case kSetConfiguration:
      Configure();
      break;
    case kGetConfiguration:
      AnswerWith(configuration);
      break;
    case kGetDeviceStatus:
    case kGetInterfaceStatus:
      AnswerStatus(false);
      break;
    case kGetEndpointStatus:
      HasHalt() ? AnswerStatus(UsbStalled(Endpoint(), IsIn())) : Refuse();
      break;
    case kSetEndpointFeature:
    case kClearEndpointFeature:
      SetHalt(setup.request == kSetFeature);
      break;
    case kGetInterface:
      AnswerWith(0);
      break;
    case kSetInterface:
      setup.value == 0 ? Agree() : Refuse();
      break;
    case kSetLineCoding:
      TakeLineCoding();
      break;
    case kGetLineCoding:
      Answer(line_coding, sizeof(line_coding));
      break;
    case kSetControlLineState:
      Agree();
      break;
    default:
      Refuse();
  }
  ReceiveUsbPacket(0);
  return opened;
}

void TakeUsbControlData(const uint8_t* bytes, size_t count) {
  if (stage == Stage::kDataOut && count == kLineCodingBytes) {
    std::memcpy(line_coding, bytes, count);
  }
}

void OnUsbControlSent() {
  if (stage == Stage::kStatusIn) {
    stage = Stage::kIdle;
  } else if (stage == Stage::kDataIn && (rest_size > 0 || ends_empty)) {
    if (rest_size == 0) ends_empty = false;
    SendRest();
  } else {
    stage = Stage::kStatusOut;
  }
}

void OnUsbControlReceived() {
  if (stage == Stage::kDataOut) {
    Agree();
  } else {
    stage = Stage::kIdle;
  }
  ReceiveUsbPacket(0);
}

bool UsbConfigured() { return configuration != 0; }

}  // namespace tombola
