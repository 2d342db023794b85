/** Samples that are images, as pixels. */

import { array } from "../core/arrays.js";

/** @import { PageData } from "../types" */

/**
 * @param {PageData} page @param {ArrayBuffer} buffer
 * @returns {(set: number, sample: number) => ImageData | null} null where samples are no images
 */
export function imagesOf(page, buffer) {
  return (set, sample) => {
    const { images } = page.samples[set];
    if (!images) return null;
    const { data, shape } = array(buffer, images);
    const [, height, width, channels = 1] = shape;
    const image = new ImageData(width, height);
    const start = sample * height * width * channels;
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * pixel + channel] = data[start + pixel * channels + Math.min(channel, channels - 1)];
      }
      image.data[4 * pixel + 3] = 255;
    }
    return image;
  };
}
