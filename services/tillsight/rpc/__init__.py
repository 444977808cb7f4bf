"""The gRPC surface: conversion, thin servicers, one table of statuses."""
