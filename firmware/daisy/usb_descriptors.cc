#include "firmware/daisy/usb_descriptors.h"

#include "firmware/daisy/registers.h"
#include "firmware/generated/protocol.h"

namespace tombola {
namespace {

// USB 2.0, table 9-5.
enum Type : uint8_t { kDevice = 1, kConfiguration = 2, kString = 3 };

enum String : uint8_t { kLanguages, kManufacturer, kProduct, kSerial };

constexpr uint8_t Low(int value) { return value & 0xff; }
constexpr uint8_t High(int value) { return value >> 8 & 0xff; }

constexpr int kUsbVersion = 0x0200;
constexpr int kDeviceVersion = 0x0100;
constexpr uint8_t kCommunications = 2;  // class of the device and interface 0
constexpr uint8_t kData = 10;           // class of interface 1

// USB 2.0, 9.6.1.
constexpr uint8_t kDeviceDescriptor[] = {
    18,
    kDevice,
    Low(kUsbVersion),
    High(kUsbVersion),
    kCommunications,
    0,
    0,
    kUsbPacket,
    Low(protocol::kUsbVendor),
    High(protocol::kUsbVendor),
    Low(protocol::kUsbProduct),
    High(protocol::kUsbProduct),
    Low(kDeviceVersion),
    High(kDeviceVersion),
    kManufacturer,
    kProduct,
    kSerial,
    1,  // configuration
};

constexpr uint8_t kBulk = 2;
constexpr uint8_t kInterrupt = 3;
constexpr uint8_t kIn = 0x80;
constexpr int kConfigurationBytes = 67;

// USB 2.0, 9.6.3 to 9.6.6; CDC 1.2, 5.2.3; PSTN 1.2, 5.3.
constexpr uint8_t kConfigurationDescriptor[] = {
    // Fed by the bus when the rack is off, with up to 200 mA.
    9,
    kConfiguration,
    Low(kConfigurationBytes),
    High(kConfigurationBytes),
    2,
    kUsbConfiguration,
    0,
    0x80,
    200 / 2,
    // Interface 0: one endpoint; abstract control model, no protocol.
    9,
    4,
    0,
    0,
    1,
    kCommunications,
    2,
    0,
    0,
    // Of CDC 1.20; call management by the host; line coding and line state are
    // understood; interface 0 commands 1.
    5,
    0x24,
    0,
    0x20,
    0x01,  //
    5,
    0x24,
    1,
    0,
    1,  //
    4,
    0x24,
    2,
    0x02,  //
    5,
    0x24,
    6,
    0,
    1,  //
    7,
    5,
    kIn | kUsbNoticeEndpoint,
    kInterrupt,
    kUsbNoticePacket,
    0,
    255,
    // Interface 1: two endpoints for the bytes.
    9,
    4,
    1,
    0,
    2,
    kData,
    0,
    0,
    0,  //
    7,
    5,
    kUsbDataEndpoint,
    kBulk,
    kUsbPacket,
    0,
    0,  //
    7,
    5,
    kIn | kUsbDataEndpoint,
    kBulk,
    kUsbPacket,
    0,
    0,
};
static_assert(sizeof(kConfigurationDescriptor) == kConfigurationBytes,
              "wTotalLength");

constexpr uint8_t kLanguageDescriptor[] = {4, kString, 0x09, 0x04};  // English

constexpr int kIdWords = 3;
constexpr int kIdDigits = 8 * kIdWords;
uint8_t string[2 + 2 * kIdDigits];

void AppendCharacter(char character) {
  string[string[0]++] = static_cast<uint8_t>(character);  // UTF-16LE
  string[string[0]++] = 0;
}

UsbDescriptor Text(const char* text) {
  string[0] = 2;
  string[1] = kString;
  for (; *text != '\0'; ++text) AppendCharacter(*text);
  return {string, string[0]};
}

// RM0433 chapter 61, the chip's unique identification: 96 bits.
UsbDescriptor SerialNumber() {
  string[0] = 2;
  string[1] = kString;
  for (int word = 0; word < kIdWords; ++word) {
    const uint32_t id = unique_id(word);
    for (int shift = 28; shift >= 0; shift -= 4) {
      AppendCharacter("0123456789ABCDEF"[id >> shift & 0xf]);
    }
  }
  return {string, string[0]};
}

UsbDescriptor FindString(uint8_t number) {
  switch (number) {
    case kLanguages:
      return {kLanguageDescriptor, sizeof(kLanguageDescriptor)};
    case kManufacturer:
    case kProduct:
      return Text("Tombola");
    case kSerial:
      return SerialNumber();
  }
  return {nullptr, 0};
}

}  // namespace

UsbDescriptor FindUsbDescriptor(uint16_t value) {
  switch (value >> 8) {
    case kDevice:
      return {kDeviceDescriptor, sizeof(kDeviceDescriptor)};
    case kConfiguration:
      return {kConfigurationDescriptor, sizeof(kConfigurationDescriptor)};
    case kString:
      return FindString(value & 0xff);
  }
  return {nullptr, 0};
}

}  // namespace tombola
