"""Galleries in Milvus. Only calls that Milvus Lite, Milvus 2.3 and current Milvus all know are used."""
