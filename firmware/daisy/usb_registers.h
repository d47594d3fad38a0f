// RM0433 chapter 57, the USB OTG core (OTG_HS/OTG_FS). The chip has two; this
// is the second, OTG2, which has a full-speed transceiver on PA11 and PA12.
// As in registers.h, only what the firmware touches.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// OTG_G...: the core.
struct OtgGlobal {
  Register gotgctl, gotgint, gahbcfg, gusbcfg, grstctl, gintsts, gintmsk,
      grxstsr, grxstsp, grxfsiz, dieptxf0, hnptxsts, reserved0[2], gccfg, cid;
  Register reserved1[49];
  Register dieptxf[8];  // of IN endpoints 1 to 8
};
static_assert(offsetof(OtgGlobal, gccfg) == 0x38, "OTG_GCCFG");
static_assert(offsetof(OtgGlobal, dieptxf) == 0x104, "OTG_DIEPTXF1");

// OTG_D...: the device.
struct OtgDevice {
  Register dcfg, dctl, dsts, reserved0, diepmsk, doepmsk, daint, daintmsk;
};

// OTG_DIEPxx and OTG_DOEPxx: an endpoint's IN or OUT side.
struct OtgEndpoint {
  Register ctl, reserved0, interrupts, reserved1, size, dma, fifo_status,
      reserved2;
};
static_assert(sizeof(OtgEndpoint) == 0x20, "OTG_DIEPCTLx");

constexpr uintptr_t kOtg2 = 0x40080000;
inline OtgGlobal& otg() { return At<OtgGlobal>(kOtg2); }
inline OtgDevice& otg_device() { return At<OtgDevice>(kOtg2 + 0x800); }
inline OtgEndpoint& otg_in(uint32_t endpoint) {
  return At<OtgEndpoint>(kOtg2 + 0x900 + 0x20 * endpoint);
}
inline OtgEndpoint& otg_out(uint32_t endpoint) {
  return At<OtgEndpoint>(kOtg2 + 0xb00 + 0x20 * endpoint);
}
inline Register& otg_pcgcctl() { return At<Register>(kOtg2 + 0xe00); }
// Write: into an IN endpoint's FIFO. Read (0): out of the one receive FIFO.
inline Register& otg_fifo(uint32_t endpoint) {
  return At<Register>(kOtg2 + 0x1000 * (endpoint + 1));
}

constexpr uint32_t kOtgGotgctlBvalOEn = Bit(6);
constexpr uint32_t kOtgGotgctlBvalOVal = Bit(7);
constexpr uint32_t kOtgGahbcfgGint = Bit(0);
constexpr uint32_t kOtgGusbcfgPhySel = Bit(6);
constexpr int kOtgGusbcfgTrdt = 10;
constexpr uint32_t kOtgGusbcfgFdMod = Bit(30);
constexpr uint32_t kOtgGrstctlCsRst = Bit(0);
constexpr uint32_t kOtgGrstctlRxfFlsh = Bit(4);
constexpr uint32_t kOtgGrstctlTxfFlsh = Bit(5);
constexpr int kOtgGrstctlTxfNum = 6;
constexpr uint32_t kOtgGrstctlAhbIdl = Bit(31);
constexpr uint32_t kOtgGccfgPwrDwn = Bit(16);  // 1: the transceiver is on

// OTG_GINTSTS and OTG_GINTMSK.
constexpr uint32_t kOtgCmod = Bit(0);  // 0: a device
constexpr uint32_t kOtgRxfLvl = Bit(4);
constexpr uint32_t kOtgUsbSusp = Bit(11);
constexpr uint32_t kOtgUsbRst = Bit(12);
constexpr uint32_t kOtgEnumDne = Bit(13);
constexpr uint32_t kOtgIepInt = Bit(18);
constexpr uint32_t kOtgOepInt = Bit(19);
constexpr uint32_t kOtgWkupInt = Bit(31);

// OTG_GRXSTSP: endpoint, bytes and kind of what was received.
constexpr uint32_t kOtgRxEndpointMask = 0xf;
constexpr int kOtgRxBytes = 4;
constexpr uint32_t kOtgRxBytesMask = 0x7ff;
constexpr int kOtgRxKind = 17;
constexpr uint32_t kOtgRxKindMask = 0xf;
constexpr uint32_t kOtgRxOut = 2;
constexpr uint32_t kOtgRxSetup = 6;

constexpr uint32_t kOtgDcfgFullSpeed = 3;
constexpr int kOtgDcfgDad = 4;
constexpr uint32_t kOtgDcfgDadMask = Field(0x7f, kOtgDcfgDad);
constexpr uint32_t kOtgDctlSDis = Bit(1);
constexpr uint32_t kOtgDctlCgiNak = Bit(8);
constexpr uint32_t kOtgDctlCgoNak = Bit(10);

// OTG_DAINTMSK: IN endpoints in the lower half, OUT in the upper.
constexpr uint32_t DaintIn(uint32_t endpoint) {
  return uint32_t{1} << endpoint;
}
constexpr uint32_t DaintOut(uint32_t endpoint) {
  return uint32_t{1} << (16 + endpoint);
}

// OTG_DIEPCTLx and OTG_DOEPCTLx.
constexpr uint32_t kOtgCtlActive = Bit(15);
constexpr int kOtgCtlType = 18;
constexpr uint32_t kOtgTypeBulk = 2;
constexpr uint32_t kOtgTypeInterrupt = 3;
constexpr uint32_t kOtgCtlStall = Bit(21);
constexpr int kOtgCtlTxfNum = 22;
constexpr uint32_t kOtgCtlCnak = Bit(26);
constexpr uint32_t kOtgCtlSnak = Bit(27);
constexpr uint32_t kOtgCtlData0 = Bit(28);  // SD0PID
constexpr uint32_t kOtgCtlDisable = Bit(30);
constexpr uint32_t kOtgCtlEnable = Bit(31);

// OTG_DIEPINTx, OTG_DOEPINTx and their masks.
constexpr uint32_t kOtgTransferred = Bit(0);  // XFRC
constexpr uint32_t kOtgDisabled = Bit(1);     // EPDISD
constexpr uint32_t kOtgSetupDone = Bit(3);    // STUP

// OTG_DIEPTSIZx and OTG_DOEPTSIZx.
constexpr int kOtgPackets = 19;
constexpr int kOtgSetups = 29;

}  // namespace tombola
