"""View → snapshot: what the rest of the product reads. Nothing here can fail: the rules went before."""
