#include "firmware/daisy/usb_core.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "firmware/daisy/gpio.h"
#include "firmware/daisy/usb_descriptors.h"
#include "firmware/daisy/usb_registers.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// The core's 4 KB, in words: one FIFO to receive (RM0433, peripheral FIFO
// architecture: a packet and its status, set-ups, and some to spare), and one
// for each IN endpoint, of two packets.
constexpr uint32_t kReceiveWords = 128;
constexpr uint32_t kTransmitWords[] = {32, 32, 16};

constexpr uint32_t kAllFifos = 16;  // GRSTCTL.TXFNUM

void StartPins() {
  constexpr int kOtg2Function = 10;
  for (const int number : {11, 12}) {
    const Pin pin = {'A', number, -1, false};
    MakeAlternate(pin, kOtg2Function, false, Pull::kNone);
  }
}

// RM0433 chapter 6, USB regulator: the transceiver's own supply is the Seed's
// 3.3 V, and is let in once it has been seen.
bool StartSupply() {
  pwr().cr3 |= kPwrCr3Usb33Den;
  return WaitFor(pwr().cr3, kPwrCr3Usb33Rdy, kPwrCr3Usb33Rdy);
}

// From the state that the chip's loader may have left. The core sleeps between
// interrupts, and then the clock of a transceiver that is not there must not be
// waited for (RM0433, RCC_AHB1LPENR: USB2OTGHSULPILPEN).
void StartClock() {
  rcc().ahb1enr |= kRccAhb1Usb2;
  (void)rcc().ahb1enr;
  rcc().ahb1rstr |= kRccAhb1Usb2;
  rcc().ahb1rstr &= ~kRccAhb1Usb2;
  rcc().ahb1lpenr &= ~kRccAhb1Usb2Ulpi;
}

// RM0433, core initialization.
bool ResetCore() {
  if (!WaitFor(otg().grstctl, kOtgGrstctlAhbIdl, kOtgGrstctlAhbIdl)) {
    return false;
  }
  otg().gusbcfg |= kOtgGusbcfgPhySel;
  otg().grstctl |= kOtgGrstctlCsRst;
  return WaitFor(otg().grstctl, kOtgGrstctlCsRst, 0);
}

// The ID pin and VBUS are not wired: the core is told that it is a device and
// that the bus is there. A turnaround of 6 is for a bus above 32 MHz (table of
// TRDT values).
bool BecomeDevice() {
  otg().gccfg = kOtgGccfgPwrDwn;
  otg().gotgctl |= kOtgGotgctlBvalOEn | kOtgGotgctlBvalOVal;
  otg().gusbcfg =
      kOtgGusbcfgPhySel | kOtgGusbcfgFdMod | Field(6, kOtgGusbcfgTrdt);
  if (!WaitFor(otg().gintsts, kOtgCmod, 0)) return false;
  otg_pcgcctl() = 0;
  otg_device().dctl |= kOtgDctlSDis;
  otg_device().dcfg |= kOtgDcfgFullSpeed;
  return true;
}

void ShareFifos() {
  otg().grxfsiz = kReceiveWords;
  uint32_t start = kReceiveWords;
  for (uint32_t endpoint = 0; endpoint < std::size(kTransmitWords);
       ++endpoint) {
    Register& fifo =
        endpoint == 0 ? otg().dieptxf0 : otg().dieptxf[endpoint - 1];
    fifo = Field(kTransmitWords[endpoint], 16) | start;
    start += kTransmitWords[endpoint];
  }
}

bool Flush(uint32_t fifo) {
  otg().grstctl = kOtgGrstctlTxfFlsh | Field(fifo, kOtgGrstctlTxfNum);
  return WaitFor(otg().grstctl, kOtgGrstctlTxfFlsh, 0);
}

bool FlushReceived() {
  otg().grstctl = kOtgGrstctlRxfFlsh;
  return WaitFor(otg().grstctl, kOtgGrstctlRxfFlsh, 0);
}

void EnableEvents() {
  otg().gintsts = ~uint32_t{0};  // forget what was
  otg_device().diepmsk = kOtgTransferred;
  otg_device().doepmsk = kOtgTransferred | kOtgSetupDone;
  otg().gintmsk = kOtgUsbRst | kOtgEnumDne | kOtgRxfLvl | kOtgIepInt |
                  kOtgOepInt | kOtgUsbSusp | kOtgWkupInt;
  otg().gahbcfg = kOtgGahbcfgGint;
}

Register& Control(uint32_t endpoint, bool in) {
  return in ? otg_in(endpoint).ctl : otg_out(endpoint).ctl;
}

// RM0433, IN endpoint disable, with what is in its FIFO.
void DisableIn(uint32_t endpoint) {
  OtgEndpoint& in = otg_in(endpoint);
  in.ctl |= kOtgCtlSnak;
  if ((in.ctl & kOtgCtlEnable) != 0) {
    in.ctl |= kOtgCtlDisable;
    WaitFor(in.interrupts, kOtgDisabled, kOtgDisabled);
    in.interrupts = kOtgDisabled;
  }
  Flush(endpoint);
}

}  // namespace

bool StartUsbCore() {
  StartPins();
  if (!StartSupply()) return false;
  StartClock();
  if (!ResetCore() || !BecomeDevice()) return false;
  ShareFifos();
  if (!Flush(kAllFifos) || !FlushReceived()) return false;
  EnableEvents();
  otg_device().dctl &= ~kOtgDctlSDis;
  return true;
}

void ResetUsbCore() {
  DisableIn(0);
  DisableIn(kUsbDataEndpoint);
  otg_out(kUsbDataEndpoint).ctl |= kOtgCtlSnak;
  SetUsbAddress(0);
  otg_device().daintmsk = DaintIn(0) | DaintOut(0);
  ReceiveUsbPacket(0);
}

void SetUpUsbControl() {
  Modify(otg_in(0).ctl, 3, 0);  // MPSIZ 0: 64 bytes, IN and OUT
  otg_device().dctl |= kOtgDctlCgiNak | kOtgDctlCgoNak;
}

void SetUsbAddress(uint32_t address) {
  Modify(otg_device().dcfg, kOtgDcfgDadMask, Field(address, kOtgDcfgDad));
}

void OpenUsbEndpoints() {
  const uint32_t bulk = kUsbPacket | kOtgCtlActive |
                        Field(kOtgTypeBulk, kOtgCtlType) | kOtgCtlData0 |
                        kOtgCtlSnak;
  otg_in(kUsbDataEndpoint).ctl = bulk | Field(kUsbDataEndpoint, kOtgCtlTxfNum);
  otg_out(kUsbDataEndpoint).ctl = bulk;
  otg_in(kUsbNoticeEndpoint).ctl =
      kUsbNoticePacket | kOtgCtlActive | Field(kOtgTypeInterrupt, kOtgCtlType) |
      kOtgCtlData0 | kOtgCtlSnak | Field(kUsbNoticeEndpoint, kOtgCtlTxfNum);
  otg_device().daintmsk |=
      DaintIn(kUsbDataEndpoint) | DaintOut(kUsbDataEndpoint);
}

void ReceiveUsbPacket(uint32_t endpoint) {
  const uint32_t setups = endpoint == 0 ? Field(3, kOtgSetups) : 0;
  otg_out(endpoint).size = setups | Field(1, kOtgPackets) | kUsbPacket;
  otg_out(endpoint).ctl |= kOtgCtlEnable | kOtgCtlCnak;
}

void SendUsbPacket(uint32_t endpoint, const uint8_t* bytes, size_t count) {
  otg_in(endpoint).size = Field(1, kOtgPackets) | static_cast<uint32_t>(count);
  otg_in(endpoint).ctl |= kOtgCtlEnable | kOtgCtlCnak;
  for (size_t i = 0; i < count; i += 4) {
    uint32_t word = 0;
    std::memcpy(&word, bytes + i, std::min(count - i, size_t{4}));
    otg_fifo(endpoint) = word;
  }
}

void ReadUsbFifo(uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; i += 4) {
    const uint32_t word = otg_fifo(0);
    std::memcpy(bytes + i, &word, std::min(count - i, size_t{4}));
  }
}

void ForgetUsbPacket(uint32_t endpoint) { DisableIn(endpoint); }

void StallUsb(uint32_t endpoint, bool in) {
  Control(endpoint, in) |= kOtgCtlStall;
}

bool UsbStalled(uint32_t endpoint, bool in) {
  return (Control(endpoint, in) & kOtgCtlStall) != 0;
}

void EndUsbStall(uint32_t endpoint, bool in) {
  Modify(Control(endpoint, in), kOtgCtlStall, kOtgCtlData0);
}

}  // namespace tombola
