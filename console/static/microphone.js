// The microphone, as Pipecat's transport wants its media: one audio track, or none when the caller types.

import { Problem } from "./server.js";

const REFUSED = {
  NotAllowedError: "The browser may not use the microphone. Allow it beside the address, or type instead.",
  NotFoundError: "No microphone was found. Plug one in, or type instead.",
  NotReadableError: "Another program is using the microphone. Close it, or type instead.",
  SecurityError: "The microphone needs https or localhost. Type instead, or open the page there.",
};

/** Ask for the microphone. Throws Problem with what to do when there is none or it is refused. */
export async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem(REFUSED.SecurityError);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    return stream.getAudioTracks()[0];
  } catch (error) {
    throw new Problem(REFUSED[error.name] ?? "The microphone did not start. Type instead.");
  }
}

/**
 * A media manager for SmallWebRTCTransport around a track that is already open.
 *
 * The one that comes with the transport loads code from a third-party host; the other one it offers keeps the whole
 * call's audio in memory and cannot do without a microphone.
 */
export class OneTrack {
  supportsScreenShare = false;
  isCamEnabled = false;
  isSharingScreen = false;
  selectedCam = {};
  selectedSpeaker = {};

  constructor(track) {
    this.track = track;
    this.isMicEnabled = track !== null;
  }

  get selectedMic() {
    return this.track ? { deviceId: this.track.getSettings().deviceId ?? "default", label: this.track.label } : {};
  }

  tracks() {
    return { local: this.track ? { audio: this.track } : {} };
  }

  enableMic(enabled) {
    this.isMicEnabled = enabled && this.track !== null;
    if (this.track) this.track.enabled = enabled;
  }

  async disconnect() {
    this.track?.stop();
  }

  async getAllMics() {
    return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audioinput");
  }

  async getAllCams() { return []; }
  async getAllSpeakers() { return []; }
  async initialize() {}
  async connect() {}
  async updateMic() {}
  async userStartedSpeaking() {}
  setClientOptions() {}
  setUserAudioCallback() {}
  updateCam() {}
  updateSpeaker() {}
  enableCam() {}
  enableScreenShare() {}
}
