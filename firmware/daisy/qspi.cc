#include "firmware/daisy/qspi.h"

#include <algorithm>

#include "firmware/daisy/cache.h"
#include "firmware/daisy/gpio.h"
#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// DS12556, alternate functions of ports F and G.
struct QspiPin {
  Pin pin;
  int function;
};
constexpr QspiPin kPins[] = {
    {{'F', 8, -1, false}, 10},  // IO0: what goes to the chip on one line
    {{'F', 9, -1, false}, 10},  // IO1: what comes from it
    {{'F', 10, -1, false}, 9},  // CLK
    {{'G', 6, -1, false}, 10},  // NCS
};
// While the chip uses one line, these keep it from write protection and from
// holding its breath, both of which they cause when low.
constexpr QspiPin kQuadPins[] = {
    {{'F', 7, -1, false}, 9},  // IO2, WP
    {{'F', 6, -1, false}, 9},  // IO3, HOLD
};

// IS25LP064A data sheet, instruction table.
enum Instruction : uint32_t {
  kWriteStatus = 0x01,
  kWritePage = 0x02,
  kReadStatus = 0x05,
  kEnableWriting = 0x06,
  kEraseSector = 0x20,
  kReadQuad = 0x6b,  // instruction and address on one line, data on four
  kEnableReset = 0x66,
  kReset = 0x99,
  kReadId = 0x9f,
};
constexpr uint32_t kQuadDummyCycles = 8;
constexpr uint32_t kStatusBusy = 0x01;
constexpr uint8_t kStatusQuad = 0x40;  // and no block write-protected
// Manufacturer ISSI, type, and 2^23 bytes.
constexpr uint8_t kId[] = {0x9d, 0x60, 0x17};

// AHB3's 240 MHz / 6 = 40 MHz, within the 60 MHz of pins at medium speed.
constexpr uint32_t kPrescaler = 6;
constexpr uint32_t kControl =
    kQspiCrEn | kQspiCrApms | Field(kPrescaler - 1, kQspiCrPrescaler);

// Above the data sheet's 300 ms for a sector.
constexpr int kLongestWork = 500;  // ms

bool WaitForIdle() { return WaitFor(quadspi().sr, kQspiSrBusy, 0); }

// Ends a transfer without data or whose data has passed.
bool Finish() {
  const bool done = WaitFor(quadspi().sr, kQspiTcf, kQspiTcf);
  quadspi().fcr = kQspiTef | kQspiTcf | kQspiSmf | kQspiTof;
  return WaitForIdle() && done;
}

// Ends what goes on, memory-mapped reading above all (RM0433, "QUADSPI abort").
// Until it is idle no other bit of QUADSPI_CR may change.
bool Abort() {
  if ((quadspi().sr & kQspiSrBusy) != 0) quadspi().cr |= kQspiCrAbort;
  const bool ended = WaitFor(quadspi().cr, kQspiCrAbort, 0) && WaitForIdle();
  quadspi().fcr = kQspiTef | kQspiTcf | kQspiSmf | kQspiTof;
  quadspi().cr = kControl;
  return ended;
}

// Transfers begin with the last register that they need (RM0433, "Triggering
// the start of a transfer"): the instruction, the address, or the data.

bool Send(Instruction instruction) {
  quadspi().ccr = kQspiCcrInstruction1 | instruction;
  return Finish();
}

bool SendAddress(Instruction instruction, uint32_t address) {
  quadspi().ccr = kQspiCcrAddress1 | kQspiCcrInstruction1 | instruction;
  quadspi().ar = address;
  return Finish();
}

// QUADSPI_DR takes and gives one byte when it is accessed as one.
volatile uint8_t& DataByte() {
  return reinterpret_cast<volatile uint8_t&>(quadspi().dr);
}

// FTF: there is room for a byte, or a byte to read.
bool SendData(const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!WaitFor(quadspi().sr, kQspiSrFtf, kQspiSrFtf)) return false;
    DataByte() = bytes[i];
  }
  return Finish();
}

bool Receive(Instruction instruction, uint8_t* bytes, uint32_t count) {
  quadspi().dlr = count - 1;
  quadspi().ccr =
      kQspiCcrRead | kQspiCcrData1 | kQspiCcrInstruction1 | instruction;
  for (uint32_t i = 0; i < count; ++i) {
    if (!WaitFor(quadspi().sr, kQspiSrFtf, kQspiSrFtf)) return false;
    bytes[i] = DataByte();
  }
  return Finish();
}

// QUADSPI reads the chip's status over and over until it is done.
bool WaitForChip() {
  constexpr uint32_t kStep = 20;  // us
  quadspi().psmkr = kStatusBusy;
  quadspi().psmar = 0;
  quadspi().pir = 100;  // clocks between two looks
  quadspi().dlr = 0;
  quadspi().ccr =
      kQspiCcrPoll | kQspiCcrData1 | kQspiCcrInstruction1 | kReadStatus;
  for (uint32_t us = 0; us < 1000 * kLongestWork; us += kStep) {
    if ((quadspi().sr & kQspiSmf) != 0) {
      quadspi().fcr = kQspiSmf | kQspiTcf;
      return WaitForIdle();
    }
    DelayMicroseconds(kStep);
  }
  Abort();
  return false;
}

bool WriteStatus(uint8_t status) {
  if (!Send(kEnableWriting)) return false;
  quadspi().dlr = 0;
  quadspi().ccr = kQspiCcrData1 | kQspiCcrInstruction1 | kWriteStatus;
  return SendData(&status, 1) && WaitForChip();
}

bool WritePage(uint32_t offset, const uint8_t* bytes, size_t count) {
  if (!Send(kEnableWriting)) return false;
  quadspi().dlr = static_cast<uint32_t>(count) - 1;
  quadspi().ccr =
      kQspiCcrData1 | kQspiCcrAddress1 | kQspiCcrInstruction1 | kWritePage;
  quadspi().ar = offset;
  return SendData(bytes, count) && WaitForChip();
}

// A chip that worked when the processor was reset finishes first; then it
// forgets what it was set to.
bool ResetChip() {
  constexpr uint32_t kRecovery = 200;  // us; the data sheet has 100
  if (!WaitForChip() || !Send(kEnableReset) || !Send(kReset)) return false;
  DelayMicroseconds(kRecovery);
  uint8_t id[sizeof(kId)];
  return Receive(kReadId, id, sizeof(id)) &&
         std::equal(id, id + sizeof(id), kId);
}

// The bit lasts without power, and is written when it is not there.
bool EnableQuad() {
  uint8_t status;
  if (!Receive(kReadStatus, &status, 1)) return false;
  if (status == kStatusQuad) return true;
  return WriteStatus(kStatusQuad) && Receive(kReadStatus, &status, 1) &&
         status == kStatusQuad;
}

// Whatever happened, the program may read again: what a chip that does not
// answer says is caught by checksums, a closed window would be a fault.
bool Map() {
  // The last address would spoil the first read if it ended with binary 11
  // (ES0392, "Wrong data from memory-mapped read after an indirect mode
  // operation"). It is cleared behind an instruction that takes none.
  uint8_t status;
  bool answers = Abort() && Receive(kReadStatus, &status, 1);
  answers = Abort() && answers;
  quadspi().ar = 0;
  quadspi().lptr = 64;  // clocks without a read after which NCS goes high
  quadspi().cr = kControl | kQspiCrTcEn;
  quadspi().ccr = kQspiCcrMapped | kQspiCcrData4 |
                  Field(kQuadDummyCycles, kQspiCcrDummyCycles) |
                  kQspiCcrAddress1 | kQspiCcrInstruction1 | kReadQuad;
  OpenFlashWindow();
  return answers;
}

bool Unmap() {
  CloseFlashWindow();
  return Abort();
}

}  // namespace

Error InitQspi() {
  for (const QspiPin& quad : kQuadPins) {
    MakeOutput(quad.pin);
    Write(quad.pin, true);
  }
  for (const QspiPin& line : kPins) MakeAlternate(line.pin, line.function);
  Modify(rcc().d1ccipr, Field(3, 4), 0);  // from AHB3's clock
  rcc().ahb3enr |= kRccAhb3Qspi;
  (void)rcc().ahb3enr;
  quadspi().cr = kControl;
  // Two clocks of NCS high between instructions; 2^(22 + 1) bytes; mode 0.
  quadspi().dcr = Field(1, kQspiDcrCsht) | Field(22, kQspiDcrFsize);
  if (!Abort() || !ResetChip() || !EnableQuad()) return Error::kStorage;
  for (const QspiPin& quad : kQuadPins) {
    MakeAlternate(quad.pin, quad.function);
  }
  return Map() ? Error::kNone : Error::kStorage;
}

bool EraseQspi(uint32_t sector) {
  const bool erased = Unmap() && Send(kEnableWriting) &&
                      SendAddress(kEraseSector, sector) && WaitForChip();
  return Map() && erased;
}

bool WriteQspi(uint32_t offset, const uint8_t* bytes, size_t count) {
  bool written = Unmap();
  while (written && count > 0) {
    const size_t piece =
        std::min<size_t>(count, kQspiPageBytes - offset % kQspiPageBytes);
    written = WritePage(offset, bytes, piece);
    offset += static_cast<uint32_t>(piece);
    bytes += piece;
    count -= piece;
  }
  return Map() && written;
}

}  // namespace tombola
